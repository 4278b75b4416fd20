import { absent, asFields, asList, zeroOrAbsent, type Fields, type Rule, type Rules } from './rule.ts';

const core = 'io.k8s.api.core.v1.';

/** `latest` and no tag mean that the image may have changed. A digest never does. */
export function defaultImagePullPolicy(image: string): 'Always' | 'IfNotPresent' {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

const container: Rule = (object) => {
  if (object.imagePullPolicy === undefined) object.imagePullPolicy = defaultImagePullPolicy(String(object.image ?? ''));
  object.terminationMessagePath ??= '/dev/termination-log';
  object.terminationMessagePolicy ??= 'File';
};

/** A pod's own rules: templates do not get these. */
const pod: Rule = (object) => {
  const spec = asFields(object.spec);
  spec.enableServiceLinks ??= true;
  for (const list of [spec.containers, spec.initContainers])
    for (const each of asList(list)) {
      requestsFromLimits(asFields(each.resources));
      if (spec.hostNetwork === true) for (const port of asList(each.ports)) port.hostPort ??= port.containerPort;
    }
};

function requestsFromLimits(resources: Fields): void {
  if (resources.limits === undefined) return;
  const limits = asFields(resources.limits);
  const requests = asFields((resources.requests ??= {}));
  for (const name of Object.keys(limits)) if (!Object.hasOwn(requests, name)) requests[name] = limits[name];
}

const podSpec = absent({
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
  schedulerName: 'default-scheduler',
});

const VOLUME_META = new Set(['name']);

const volume: Rule = (object) => {
  if (Object.keys(object).every((key) => VOLUME_META.has(key))) object.emptyDir = {};
};

const mode420 = absent({ defaultMode: 420 });

/** Of pods, their containers and volumes. */
export const podDefaults: Rules = {
  [`${core}Pod`]: pod,
  [`${core}PodSpec`]: podSpec,
  [`${core}Container`]: container,
  [`${core}EphemeralContainerCommon`]: container,
  [`${core}EphemeralContainer`]: container,
  [`${core}Probe`]: zeroOrAbsent({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }),
  [`${core}HTTPGetAction`]: zeroOrAbsent({ path: '/', scheme: 'HTTP' }),
  [`${core}GRPCAction`]: absent({ service: '' }),
  [`${core}ObjectFieldSelector`]: zeroOrAbsent({ apiVersion: 'v1' }),
  [`${core}Volume`]: volume,
  [`${core}SecretVolumeSource`]: mode420,
  [`${core}ConfigMapVolumeSource`]: mode420,
  [`${core}DownwardAPIVolumeSource`]: mode420,
  [`${core}ProjectedVolumeSource`]: mode420,
  [`${core}ServiceAccountTokenProjection`]: absent({ expirationSeconds: 3600 }),
  [`${core}HostPathVolumeSource`]: absent({ type: '' }),
};

import { isIP } from 'node:net';
import type { KubeObject } from '../../meta.ts';
import type { StatusCause } from '../../status-error.ts';
import { duplicate, forbidden, invalid, notNegative, notSupported, oneOf, required } from '../../validation/causes.ts';
import { dns1123Label, dns1123Subdomain, qualifiedName } from '../../validation/names.ts';
import { validateFreeMetadata, validateLabels } from '../../validation/object-meta.ts';
import { validateContainer, validateHostPorts, validateIds, validateSeccomp } from './container-validation.ts';
import { validateAffinity, validateTolerations, validateTopologySpread } from './scheduling-validation.ts';
import { validateVolumes } from './volume-validation.ts';

type Fields = Record<string, unknown>;
const list = (value: unknown): Fields[] => (value ?? []) as Fields[];

const MAX_SECONDS = 2147483647;
const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

/** All that is wrong with a pod that is to be made, in Kubernetes' words. */
export const validatePod = (pod: KubeObject): StatusCause[] => [
  ...validatePodSpec(pod.spec ?? {}, 'spec'),
  ...trimmedImages(list(pod.spec?.containers), 'spec.containers'),
  ...trimmedImages(list(pod.spec?.initContainers), 'spec.initContainers'),
];

/** Of pods alone: in a template one space stands for an image that a trigger fills in. */
const trimmedImages = (containers: readonly Fields[], path: string): StatusCause[] =>
  containers.flatMap(({ image }, n) =>
    typeof image !== 'string' || image === image.trim()
      ? []
      : [invalid(`${path}[${n}].image`, image, 'must not have leading or trailing whitespace')],
  );

/** The template of a controller: `path` is where it stands, e.g. `spec.template`. */
export function validatePodTemplate(template: KubeObject, path: string): StatusCause[] {
  const spec = template.spec ?? {};
  return [
    ...validateFreeMetadata(template.metadata ?? {}, `${path}.metadata`),
    ...validatePodSpec(spec, `${path}.spec`),
    ...(list(spec.ephemeralContainers).length > 0
      ? [forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}

/** Everything that the types do not say (Kubernetes: pkg/apis/core/validation ValidatePodSpec). */
function validatePodSpec(spec: Fields, path: string): StatusCause[] {
  const causes = [...validateVolumes(list(spec.volumes), `${path}.volumes`), ...validateContainers(spec, path)];
  causes.push(
    ...oneOf(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']),
    ...validateLabels(spec.nodeSelector as Record<string, string> | undefined, `${path}.nodeSelector`),
    ...validatePodSecurity(spec, `${path}.securityContext`),
    ...validateNames(spec, path),
    ...validateTimes(spec, path),
    ...validateDns(spec, path),
    ...validateAffinity(spec.affinity as Fields | undefined, `${path}.affinity`),
    ...validateTolerations(list(spec.tolerations), `${path}.tolerations`),
    ...validateTopologySpread(list(spec.topologySpreadConstraints), `${path}.topologySpreadConstraints`),
  );
  return causes;
}

function validateContainers(spec: Fields, path: string): StatusCause[] {
  const volumeNames = new Set(list(spec.volumes).map((volume) => String(volume.name)));
  const isClaim = (volume: Fields): boolean => volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined;
  const claimVolumes = new Set(
    list(spec.volumes)
      .filter(isClaim)
      .map((volume) => String(volume.name)),
  );
  const hostNetwork = spec.hostNetwork === true;
  const context = { volumeNames, claimVolumes, hostNetwork, restartPolicy: spec.restartPolicy };
  const causes: StatusCause[] = [];
  const names = new Set<unknown>();
  const check = (field: string, isInit: boolean): void => {
    for (const [i, container] of list(spec[field]).entries()) {
      const at = `${path}.${field}[${i}]`;
      causes.push(...validateContainer(container, at, { ...context, isInit }));
      if (container.name && names.has(container.name)) causes.push(duplicate(`${at}.name`, container.name));
      names.add(container.name);
    }
  };
  if (list(spec.containers).length === 0) causes.push(required(`${path}.containers`));
  check('containers', false);
  check('initContainers', true);
  return [...causes, ...validateHostPorts(list(spec.containers), `${path}.containers`)];
}

function validatePodSecurity(spec: Fields, path: string): StatusCause[] {
  const context = (spec.securityContext ?? {}) as Fields;
  const causes = validateIds(context, path, ['runAsUser', 'runAsGroup', 'fsGroup']);
  for (const [i, id] of ((context.supplementalGroups ?? []) as number[]).entries())
    causes.push(...validateIds({ [`supplementalGroups[${i}]`]: id }, path, [`supplementalGroups[${i}]`]));
  for (const [i, sysctl] of list(context.sysctls).entries()) {
    const name = String(sysctl.name ?? '');
    if (name === '') causes.push(required(`${path}.sysctls[${i}].name`));
    else if (!/^[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/.test(name) || name.length > 253)
      causes.push(
        invalid(
          `${path}.sysctls[${i}].name`,
          name,
          'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
        ),
      );
  }
  if (spec.shareProcessNamespace === true && spec.hostPID === true)
    causes.push(invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  return [...causes, ...validateSeccomp(context.seccompProfile as Fields | undefined, `${path}.seccompProfile`)];
}

function validateNames(spec: Fields, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const checkName = (field: string, problems: (name: string) => string[]): void => {
    const name = spec[field];
    if (name) for (const text of problems(String(name))) causes.push(invalid(`${path}.${field}`, name, text));
  };
  checkName('serviceAccountName', dns1123Subdomain);
  checkName('nodeName', dns1123Subdomain);
  checkName('hostname', dns1123Label);
  checkName('subdomain', dns1123Label);
  checkName('priorityClassName', dns1123Subdomain);
  checkName('runtimeClassName', dns1123Subdomain);
  checkName('schedulerName', qualifiedName);
  for (const [i, secret] of list(spec.imagePullSecrets).entries())
    if (!secret.name) causes.push(required(`${path}.imagePullSecrets[${i}].name`));
  for (const [i, alias] of list(spec.hostAliases).entries()) {
    if (isIP(String(alias.ip ?? '')) === 0) causes.push(invalid(`${path}.hostAliases[${i}].ip`, alias.ip ?? '', IP_TEXT));
    for (const hostname of (alias.hostnames ?? []) as string[])
      for (const text of dns1123Subdomain(hostname)) causes.push(invalid(`${path}.hostAliases[${i}].hostnames`, hostname, text));
  }
  for (const [i, gate] of list(spec.schedulingGates).entries())
    for (const text of qualifiedName(String(gate.name ?? '')))
      causes.push(invalid(`${path}.schedulingGates[${i}]`, gate.name ?? '', text));
  return causes;
}

function validateTimes(spec: Fields, path: string): StatusCause[] {
  const causes = notNegative(`${path}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds);
  const deadline = spec.activeDeadlineSeconds;
  if (typeof deadline === 'number' && (deadline < 1 || deadline > MAX_SECONDS))
    causes.push(invalid(`${path}.activeDeadlineSeconds`, deadline, `must be between 1 and ${MAX_SECONDS}, inclusive`));
  if (spec.preemptionPolicy !== undefined && !['Never', 'PreemptLowerPriority'].includes(spec.preemptionPolicy as string))
    causes.push(notSupported(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['Never', 'PreemptLowerPriority']));
  return causes;
}

function validateDns(spec: Fields, path: string): StatusCause[] {
  const config = spec.dnsConfig as Fields | undefined;
  const servers = (config?.nameservers ?? []) as string[];
  const causes: StatusCause[] = [];
  if (spec.dnsPolicy === 'None' && config === undefined)
    causes.push(required(`${path}.dnsConfig`, 'must provide `dnsConfig` when `dnsPolicy` is None'));
  else if (spec.dnsPolicy === 'None' && servers.length === 0)
    causes.push(required(`${path}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'));
  if (servers.length > 3) causes.push(invalid(`${path}.dnsConfig.nameservers`, servers, 'must not have more than 3 nameservers'));
  for (const [i, server] of servers.entries())
    if (isIP(server) === 0) causes.push(invalid(`${path}.dnsConfig.nameservers[${i}]`, server, IP_TEXT));
  for (const [i, search] of ((config?.searches ?? []) as string[]).entries())
    for (const text of search === '.' ? [] : dns1123Subdomain(search.replace(/\.$/, '')))
      causes.push(invalid(`${path}.dnsConfig.searches[${i}]`, search, text));
  for (const [i, option] of list(config?.options).entries())
    if (!option.name) causes.push(required(`${path}.dnsConfig.options[${i}]`, 'must not be empty'));
  return causes;
}

import type { KubeObject } from '../api/meta.ts';
import type { EnvVar, ExecNewPodHook, LifecycleHook, TemplateContainer } from '../api/openshift-apps/deployment-config-types.ts';
import {
  CONFIG_NAME,
  DEPLOYER_POD_FOR,
  DEPLOYER_POD_TYPE,
  DEPLOYMENT_NAME,
  hookPodName,
} from '../api/openshift-apps/rollout-annotations.ts';
import { type Rollout, RolloutFailure } from './rollout.ts';
import { current } from './scale-controller.ts';

/** Of the container, as the names of volumes that it does not see. */
interface Mount {
  readonly name: string;
}

/** From the template's spec to the hook's pod, as they are. */
const KEPT = [
  'serviceAccountName',
  'securityContext',
  'imagePullSecrets',
  'nodeSelector',
  'tolerations',
  'terminationGracePeriodSeconds',
  'dnsPolicy',
  'dnsConfig',
];

/** The pod of a hook: the named container of the template with a command of its own (openshift/origin lifecycle/hooks.go). */
export function hookPod(rollout: Rollout, hook: string, { execNewPod, failurePolicy }: LifecycleHook): KubeObject {
  const { namespace, name, config, deadline, clock } = rollout;
  const controller = current(rollout);
  const template = (controller.spec.template?.spec ?? { containers: [] }) as Record<string, unknown>;
  const exec = execNewPod!;
  const base = containerOf(controller.spec.template?.spec.containers ?? [], exec.containerName);
  const volumes = new Set(exec.volumes ?? []);
  const seen = (list: unknown): Mount[] => ((list ?? []) as Mount[]).filter((each) => volumes.has(each.name));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: hookPodName(name, hook),
      namespace,
      labels: { [DEPLOYER_POD_TYPE]: `hook-${hook}`, [DEPLOYER_POD_FOR]: name },
      annotations: { [DEPLOYMENT_NAME]: name, [CONFIG_NAME]: config.metadata.name! },
      ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name, uid: controller.metadata.uid! }],
    },
    spec: {
      ...Object.fromEntries(KEPT.filter((key) => template[key] !== undefined).map((key) => [key, template[key]])),
      volumes: seen(template['volumes']),
      containers: [lifecycleContainer(base, exec, seen(base['volumeMounts']), rollout)],
      restartPolicy: failurePolicy === 'Retry' ? 'OnFailure' : 'Never',
      activeDeadlineSeconds: Math.max(1, Math.ceil((deadline - clock.now()) / 1000)),
    },
  };
}

function containerOf(containers: readonly TemplateContainer[], name: string): TemplateContainer {
  const found = containers.find((each) => each.name === name);
  if (found === undefined) throw new RolloutFailure(`no container named "${name}" found in the template`);
  return found;
}

function lifecycleContainer(
  base: TemplateContainer,
  exec: ExecNewPodHook,
  volumeMounts: readonly Mount[],
  { name, namespace }: Rollout,
): object {
  const { image, imagePullPolicy, workingDir, envFrom, resources, securityContext } = base;
  const env = new Map<string, EnvVar>();
  const own = [
    { name: 'OPENSHIFT_DEPLOYMENT_NAME', value: name },
    { name: 'OPENSHIFT_DEPLOYMENT_NAMESPACE', value: namespace },
  ];
  for (const each of [...((base['env'] ?? []) as EnvVar[]), ...(exec.env ?? []), ...own]) env.set(each.name, each);
  return {
    name: 'lifecycle',
    ...JSON.parse(JSON.stringify({ image, imagePullPolicy, workingDir, envFrom, resources, securityContext })),
    command: exec.command ?? [],
    env: [...env.values()],
    volumeMounts,
  };
}

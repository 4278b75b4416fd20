import { logOptions, type LogOptions } from '../build/log-options.ts';
import { waitFor } from '../build/wait-for.ts';
import type { StreamContext, StreamSubresource } from '../subresources/stream-subresource.ts';
import type { KubeObject } from '../meta.ts';
import { labelSetText } from '../selectors/label-selector.ts';
import { isNotFound, newBadRequest, newTimeout } from '../status-error.ts';
import type { ResourceRef } from '../verbs.ts';
import type { DeploymentConfig } from './deployment-config-types.ts';
import { deployerPodName, deploymentName, phaseOf } from './rollout-annotations.ts';

const PODS = { group: '', version: 'v1', resource: 'pods' } as const;
const REPLICATION_CONTROLLERS = { group: '', version: 'v1', resource: 'replicationcontrollers' } as const;
/** For a version whose deployer has not begun, in ms. */
const PATIENCE = 60_000;
/** For the controller of a version, which comes after its number, in ms (openshift-apiserver: waitForExistingDeployment). */
const EXISTENCE = 10_000;

/**
 * The log of a version: its deployer's while that is at work or has failed, the application's once it has come about (openshift-apiserver,
 * registry/deploylog).
 */
export const deploymentLog: StreamSubresource = {
  kind: 'stream',
  verbs: ['get'],
  shows: 'DeploymentLog',
  async answer({ parent, query, signal }, context) {
    const config = parent as DeploymentConfig;
    const { name = '', namespace = '' } = config.metadata;
    const options = logOptions(query, name);
    const target = deploymentName(name, chosenVersion(config, options));
    const controller = await begun(namespace, target, options, context, signal);
    if (controller === undefined) return { code: 200, body: nothing() };
    const pod =
      phaseOf(controller) === 'Complete'
        ? await applicationPod(controller, context)
        : await context.verbs.get({ ...PODS, namespace, name: deployerPodName(target) });
    return { code: 200, body: await context.pods.log(pod, passedOn(pod, query), signal) };
  },
};

async function* nothing(): AsyncGenerator<Uint8Array> {}

function chosenVersion({ metadata, status }: DeploymentConfig, { version, previous }: LogOptions): number {
  const latest = status?.latestVersion ?? 0;
  if (latest === 0) throw newBadRequest(`no deployment exists for deploymentConfig "${metadata.name}"`);
  const wanted = version ?? (previous ? latest - 1 : latest);
  if (wanted < 1) throw newBadRequest(`no previous deployment exists for deploymentConfig "${metadata.name}"`);
  if (wanted > latest) throw newBadRequest(`invalid version for deploymentConfig "${metadata.name}": ${wanted}`);
  return wanted;
}

/** The version's replication controller once somebody has begun with it; undefined when nobody wants to wait for that. */
async function begun(
  namespace: string,
  name: string,
  { nowait }: LogOptions,
  { verbs }: StreamContext,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const ref = { ...REPLICATION_CONTROLLERS, namespace, name };
  const hasBegun = (object: KubeObject): boolean => ['Running', 'Complete', 'Failed'].includes(phaseOf(object));
  const controller = await existing(ref, verbs, signal);
  if (hasBegun(controller)) return controller;
  if (nowait) return undefined;
  const next = await waitFor(verbs, ref, hasBegun, { signal, ms: PATIENCE });
  if (next === undefined) throw newTimeout(`timed out waiting for deployment ${name} to start after ${PATIENCE / 1000}s`, 1);
  return next;
}

async function existing(
  ref: ResourceRef & { readonly name: string },
  verbs: StreamContext['verbs'],
  signal: AbortSignal,
): Promise<KubeObject> {
  try {
    return await verbs.get(ref);
  } catch (error) {
    const come = isNotFound(error) ? await waitFor(verbs, ref, () => true, { signal, ms: EXISTENCE }) : undefined;
    if (come === undefined) throw error;
    return come;
  }
}

/** The oldest pod of the version that has a log. */
async function applicationPod({ metadata, spec }: KubeObject, { verbs }: StreamContext): Promise<KubeObject> {
  const { items } = await verbs.list(
    { ...PODS, namespace: metadata.namespace! },
    { labelSelector: labelSetText(spec.selector as Record<string, string>) },
  );
  const pods = items.toSorted((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1));
  const pod = pods.find(({ status }) => status?.phase === 'Running') ?? pods[0];
  if (pod === undefined) throw newBadRequest(`no pods found for deployment "${metadata.name}"`);
  return pod;
}

/** What is asked of the pod: the same, in its first container when none is named. */
function passedOn(pod: KubeObject, query: URLSearchParams): URLSearchParams {
  const passed = new URLSearchParams();
  for (const name of ['follow', 'timestamps', 'sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes', 'container'])
    if (query.get(name)) passed.set(name, query.get(name)!);
  if (!passed.has('container')) passed.set('container', (pod.spec.containers as { name: string }[])[0]!.name);
  return passed;
}

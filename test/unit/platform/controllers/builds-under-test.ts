import assert from 'node:assert/strict';
import type { Build, BuildConfig } from '../../../../lib/platform/api/build/build-types.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { BUILD_CONFIGS, BUILDS, PODS, SECRETS, SERVICE_ACCOUNTS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { type MemoryPlatform, startMemoryPlatform } from '../../../support/memory-platform.ts';

/** Where all of them are. */
export const at = { namespace: 'default' };

/** A container's state when it has ended, and what it has written into its termination message. */
export const end = (exitCode: number, said: object | string, reason = ''): object => ({
  terminated: { exitCode, reason, message: typeof said === 'string' ? said : JSON.stringify(said) },
});

/** A source build whose images are elsewhere. */
export const SPEC = {
  source: { git: { uri: 'https://git.example/shop.git' } },
  strategy: { sourceStrategy: { from: { kind: 'DockerImage', name: 'registry.example/nodejs:20' } } },
  output: { to: { kind: 'DockerImage', name: 'registry.example/shop/web:latest' } },
};

/** A platform whose builder may push. */
export async function startBuildRig() {
  const platform: MemoryPlatform = await startMemoryPlatform();
  const dockercfg = Buffer.from(JSON.stringify({ 'registry.example': { auth: 'eA==' } })).toString('base64');
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'push' },
    type: 'kubernetes.io/dockercfg',
    data: { '.dockercfg': dockercfg },
  };
  await platform.local.create({ ...SECRETS, ...at }, secret as KubeObject);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'builder' }, secrets: [{ name: 'push' }] };
  await eventually(async () => {
    const found = await platform.local.get({ ...SERVICE_ACCOUNTS, ...at, name: 'builder' }).catch(() => undefined);
    if (found === undefined) await platform.local.create({ ...SERVICE_ACCOUNTS, ...at }, account as KubeObject);
    else
      await platform.local.update({ ...SERVICE_ACCOUNTS, ...at, name: 'builder' }, {
        ...found,
        secrets: [{ name: 'push' }],
      } as KubeObject);
  });

  const configure = (name: string, spec: object = {}): Promise<BuildConfig> =>
    platform.local.create<BuildConfig>({ ...BUILD_CONFIGS, ...at }, {
      apiVersion: 'build.openshift.io/v1',
      kind: 'BuildConfig',
      metadata: { name },
      spec: { ...SPEC, ...spec },
    } as KubeObject);

  const start = (name: string): Promise<Build> =>
    platform.local.create<Build>(
      { ...BUILD_CONFIGS, ...at, name, subresource: 'instantiate' },
      {
        apiVersion: 'build.openshift.io/v1',
        kind: 'BuildRequest',
        metadata: { name },
      },
    );

  const build = (name: string): Promise<Build> => platform.local.get<Build>({ ...BUILDS, ...at, name });
  const pod = (name: string): Promise<KubeObject> => platform.local.get({ ...PODS, ...at, name: `${name}-build` });
  const reaches = (name: string, phase: string): Promise<Build> =>
    eventually(async () => {
      const found = await build(name);
      assert.equal(found.status?.phase, phase, JSON.stringify(found.status));
      return found;
    });

  /** What the kubelet would say. */
  async function report(name: string, phase: string, states: Record<string, object>, more: object = {}): Promise<void> {
    const found = await eventually(() => pod(name));
    const statuses = (containers: { name: string }[] = []): object[] =>
      containers.flatMap((each) =>
        states[each.name] === undefined
          ? []
          : [{ name: each.name, state: states[each.name], ready: false, restartCount: 0, image: 'b', imageID: '' }],
      );
    const status = {
      ...more,
      phase,
      initContainerStatuses: statuses(found.spec.initContainers),
      containerStatuses: statuses(found.spec.containers),
    };
    await platform.local.patch({ ...PODS, ...at, name: `${name}-build`, subresource: 'status' }, 'application/merge-patch+json', {
      status,
    });
  }

  const loginFor = (name: string, host: string): Promise<KubeObject> =>
    platform.local.create({ ...SECRETS, ...at }, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      type: 'kubernetes.io/dockercfg',
      data: { '.dockercfg': Buffer.from(JSON.stringify({ [host]: { auth: 'eA==' } })).toString('base64') },
    } as unknown as KubeObject);

  return {
    platform,
    configure,
    start,
    build,
    pod,
    reaches,
    report,
    loginFor,
    [Symbol.asyncDispose]: () => platform[Symbol.asyncDispose](),
  };
}

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../../../../../lib/common/clock.ts';
import { ImagePuller } from '../../../../../../lib/platform/node/kubelet/images/image-puller.ts';
import type { Pod } from '../../../../../../lib/platform/node/kubelet/types/pod-types.ts';
import type { ContainerRuntime, ImageInfo } from '../../../../../../lib/platform/runtime/container-runtime.ts';
import { RuntimeError } from '../../../../../../lib/platform/runtime/runtime-error.ts';
import { eventually } from '../../../../../support/eventually.ts';

const unheard: unknown[] = [];
const hear = (error: unknown): void => void unheard.push(error);
before(() => process.on('unhandledRejection', hear));
after(() => process.off('unhandledRejection', hear));

/** A puller whose pulls end when they are told to. */
function rig(): {
  puller: ImagePuller;
  pulls: PromiseWithResolvers<ImageInfo>[];
  ensure(signal: AbortSignal): Promise<ImageInfo>;
} {
  const pulls: PromiseWithResolvers<ImageInfo>[] = [];
  const runtime = {
    image: () => Promise.resolve(undefined),
    pull: () => {
      const pull = Promise.withResolvers<ImageInfo>();
      pulls.push(pull);
      return pull.promise;
    },
  } as unknown as ContainerRuntime;
  const puller = new ImagePuller({ runtime, source: {} as never, clock: systemClock });
  const pod = { metadata: { uid: 'u', name: 'p', namespace: 'default' }, spec: {} } as unknown as Pod;
  return { puller, pulls, ensure: (signal) => puller.ensure(pod, { name: 'c', image: 'web' }, () => undefined, signal) };
}

test('pods that need the same image wait for one pull', async () => {
  const { pulls, ensure } = rig();
  const { signal } = new AbortController();
  const waiting = [ensure(signal), ensure(signal)];
  await eventually(() => pulls.length === 1);
  const info = { id: 'sha256:1', size: 1 } as ImageInfo;
  pulls[0]!.resolve(info);
  assert.deepEqual(await Promise.all(waiting), [info, info]);
  assert.equal(pulls.length, 1);
});

test('a pull that fails when everybody who waited has left is nobody’s failure', async () => {
  const { pulls, ensure } = rig();
  const leaving = new AbortController();
  const left = ensure(leaving.signal);
  await eventually(() => pulls.length === 1);
  leaving.abort(new Error('the pod is gone'));
  await assert.rejects(left, /the pod is gone/);
  pulls[0]!.reject(new RuntimeError('failed', 'no such registry'));
  await new Promise(setImmediate);
  assert.deepEqual(unheard, []);
});

test('a pod that has gone before its pull began begins none', async () => {
  const { pulls, ensure } = rig();
  await assert.rejects(ensure(AbortSignal.abort(new Error('the pod is gone'))), /the pod is gone/);
  assert.equal(pulls.length, 0);
  await new Promise(setImmediate);
  assert.deepEqual(unheard, []);
});

test("a project's image that is on the machine is pulled once for each project, whatever the policy", async () => {
  const info = { id: 'sha256:1', size: 1, tags: ['172.30.0.5:5000/shop/web:1'], digests: [] as string[] } as unknown as ImageInfo;
  let pulls = 0;
  const runtime = {
    image: () => Promise.resolve(info),
    pull: () => (pulls++, Promise.resolve(info)),
  } as unknown as ContainerRuntime;
  const registry = { resolve: (image: string) => image.replace('alias', '172.30.0.5:5000'), isProjects: () => true };
  const puller = new ImagePuller({ runtime, source: {} as never, clock: systemClock, registry });
  const ensure = (namespace: string, imagePullPolicy: string): Promise<ImageInfo> => {
    const pod = { metadata: { uid: namespace, name: 'p', namespace }, spec: {} } as unknown as Pod;
    const container = { name: 'c', image: 'alias/shop/web:1', imagePullPolicy } as Parameters<typeof puller.ensure>[1];
    return puller.ensure(pod, container, () => undefined, new AbortController().signal);
  };
  await assert.rejects(ensure('shop', 'Never'), /"172.30.0.5:5000\/shop\/web:1" has not been pulled for this project/);
  await ensure('shop', 'IfNotPresent');
  await ensure('shop', 'IfNotPresent');
  await ensure('shop', 'Never');
  assert.equal(pulls, 1);
  await ensure('other', 'IfNotPresent');
  assert.equal(pulls, 2);
});

test('an image that is on the machine is found by its names, and by no part of its id', async () => {
  const id = `sha256:${'3138329498efc852'.repeat(4)}`;
  const info = { id, size: 1, tags: ['oo/web:1'], digests: [`oo/web@sha256:${'ab'.repeat(32)}`] } as unknown as ImageInfo;
  const runtime = { image: () => Promise.resolve(info) } as unknown as ContainerRuntime;
  const puller = new ImagePuller({ runtime, source: {} as never, clock: systemClock });
  const pod = { metadata: { uid: 'u', name: 'p', namespace: 'shop' }, spec: {} } as unknown as Pod;
  const ensure = (image: string): Promise<ImageInfo> =>
    puller.ensure(pod, { name: 'c', image, imagePullPolicy: 'Never' }, () => undefined, new AbortController().signal);
  for (const name of ['oo/web:1', 'docker.io/oo/web:1', `oo/web@sha256:${'ab'.repeat(32)}`, `oo/web:9@sha256:${'ab'.repeat(32)}`])
    assert.equal(await ensure(name), info, name);
  for (const name of ['313', id.slice('sha256:'.length, 40), id, `x@${id}`, 'oo/web'])
    await assert.rejects(ensure(name), { reason: /^(ErrImageNeverPull|InvalidImageName)$/ }, name);
});

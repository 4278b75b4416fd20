import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ApiException, PatchStrategy } from '@kubernetes/client-node';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { kubeConfig, patchAs, refusal, typedMethods } from '../../support/client-node.ts';
import { eventually } from '../../support/eventually.ts';
import { sampleObjects, sampleText } from '../../support/samples.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, kubeconfigPath } = await useNamespace('typed');
const config = kubeConfig(kubeconfigPath);
/** The client has no API of its own for OpenShift's kinds. */
const samples = sampleObjects(namespace).filter(({ apiVersion }) => !apiVersion.includes('openshift'));
after(() =>
  kubectl(['delete', '-f', '-', '--wait=false', '--ignore-not-found'], { stdin: sampleText(namespace), anyCode: true }),
);

/** Objects as the client makes them: dates for times. */
interface TypedObject {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Record<string, string>;
    readonly uid: string;
    readonly creationTimestamp: Date;
  };
}

const titleOf = ({ apiVersion, kind, metadata }: KubeObject): string => `${apiVersion} ${kind} ${metadata.name}`;
for (const sample of samples) {
  const { apiVersion, kind, metadata } = sample;
  const methods = typedMethods(config, sample);
  const at = { name: metadata.name!, ...(methods.namespaced ? { namespace } : {}) };
  const read = (): Promise<TypedObject> => methods.read(at);

  /** What was read, and what a replacement with it gave. When a controller was quicker, once more. */
  async function sentBack(): Promise<[TypedObject, TypedObject]> {
    for (;;) {
      const now = await read();
      try {
        return [now, await methods.replace({ ...at, body: now })];
      } catch (error) {
        if (!(error instanceof ApiException) || error.code !== 409) throw error;
      }
    }
  }

  test(`${titleOf(sample)}: create, read, list, replace, four kinds of patch`, async () => {
    const made: TypedObject = await methods.create({ ...at, body: sample });
    assert.equal(made.metadata.name, at.name);
    assert.ok(Math.abs(made.metadata.creationTimestamp.getTime() - Date.now()) < 60_000);
    assert.equal((await refusal(methods.create({ ...at, body: sample }))).reason, 'AlreadyExists');
    const { items }: { items: TypedObject[] } = await methods.list({ ...at, fieldSelector: `metadata.name=${at.name}` });
    assert.deepEqual(
      items.map((item) => item.metadata.uid),
      [made.metadata.uid],
    );

    // What was read and is sent back is no change, times and numbers as this client writes them.
    const [sent, same] = await sentBack();
    assert.equal(same.metadata.resourceVersion, sent.metadata.resourceVersion);
    const patches: [PatchStrategy, unknown][] = [
      [PatchStrategy.MergePatch, { metadata: { labels: { merge: 'yes' } } }],
      [PatchStrategy.StrategicMergePatch, { metadata: { labels: { strategic: 'yes' } } }],
      [PatchStrategy.JsonPatch, [{ op: 'add', path: '/metadata/labels/json', value: 'yes' }]],
      [PatchStrategy.ServerSideApply, { apiVersion, kind, metadata: { name: at.name, labels: { applied: 'yes' } } }],
    ];
    for (const [strategy, body] of patches) await methods.patch({ ...at, body, fieldManager: 'typed' }, patchAs(strategy));
    const { labels } = (await read()).metadata;
    for (const label of ['merge', 'strategic', 'json', 'applied']) assert.equal(labels?.[label], 'yes', label);
  });
}

test('what is deleted is gone, with what the client has for options', async () => {
  // From the last to the first: what others need goes after them.
  for (const sample of samples.toReversed()) {
    const methods = typedMethods(config, sample);
    const at = { name: sample.metadata.name!, ...(methods.namespaced ? { namespace } : {}) };
    await methods.delete({ ...at, propagationPolicy: 'Background', gracePeriodSeconds: 0 });
    await eventually(async () => assert.equal((await refusal(methods.read(at))).code, 404, titleOf(sample)), { timeout: 20_000 });
  }
});

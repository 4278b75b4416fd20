import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CustomResourceDefinition, isTrue } from '../../../../lib/platform/api/apiextensions/definition-types.ts';
import { isNotFound } from '../../../../lib/platform/api/status-error.ts';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { customResourceDefinition } from '../../../support/custom-resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startMemoryPlatform } from '../../../support/memory-platform.ts';

const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

const get = (client: Client, name: string): Promise<CustomResourceDefinition> => client.get({ ...CRDS, name });

const established = (client: Client, name: string): Promise<void> =>
  eventually(async () => assert.ok(isTrue(await get(client, name), 'Established')));

test('of definitions that come at once and want the same name, one gets it; the next gets it when that one goes', async () => {
  await using platform = await startMemoryPlatform();
  const { local } = platform;
  const names = ['a', 'b', 'c', 'd'].map((letter) => `${letter}things.example.com`);
  await Promise.all(
    ['A', 'B', 'C', 'D'].map((letter) =>
      local.create(
        CRDS,
        customResourceDefinition({
          plural: `${letter.toLowerCase()}things`,
          kind: `${letter}Thing`,
          names: { shortNames: ['th'] },
        }),
      ),
    ),
  );
  const accepted = async (): Promise<string[]> => {
    const all = await Promise.all(names.map((name) => get(local, name)));
    assert.ok(all.every(({ status }) => status.conditions?.some(({ type }) => type === 'NamesAccepted')));
    return all.filter((each) => isTrue(each, 'NamesAccepted')).map(({ metadata }) => metadata.name!);
  };
  await eventually(async () => assert.equal((await accepted()).length, 1));
  const [first] = await accepted();
  await local.delete({ ...CRDS, name: first! });
  names.splice(names.indexOf(first!), 1);
  await eventually(async () => assert.equal((await accepted()).length, 1));
});

test('a definition goes when the last of its objects has, whatever version it is stored in', async () => {
  await using platform = await startMemoryPlatform();
  const { local } = platform;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const versions = [
    { name: 'v1', served: true, storage: false, schema },
    { name: 'v0', served: false, storage: true, schema },
  ];
  await local.create(CRDS, customResourceDefinition({ scope: 'Cluster', versions }));
  const name = 'widgets.example.com';
  await established(local, name);
  const widgets = { group: 'example.com', version: 'v1', resource: 'widgets' };
  const widget = (of: string, finalizers: string[] = []): Promise<unknown> =>
    local.create(widgets, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: of, finalizers } });
  await widget('free');
  await widget('held', ['example.com/hold']);
  await local.delete({ ...CRDS, name });
  await eventually(async () => {
    const { status } = await get(local, name);
    assert.equal(status.conditions?.find(({ type }) => type === 'Terminating')?.reason, 'InstanceDeletionInProgress');
    assert.deepEqual(
      (await local.list(widgets)).items.map(({ metadata }) => metadata.name),
      ['held'],
    );
  });
  await local.patch({ ...widgets, name: 'held' }, 'application/merge-patch+json', { metadata: { finalizers: null } });
  await eventually(() => assert.rejects(get(local, name), isNotFound));
  await assert.rejects(local.list(widgets), isNotFound);
});

test('garbage is collected across kinds that come and go', async () => {
  await using platform = await startMemoryPlatform();
  const { local } = platform;
  await local.create(CRDS, customResourceDefinition());
  await established(local, 'widgets.example.com');
  const widgets = { group: 'example.com', version: 'v1', resource: 'widgets', namespace: 'default' };
  const owner = await local.create(widgets, { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'owner' } });
  const maps = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' };
  const ownerReferences = [{ apiVersion: 'example.com/v1', kind: 'Widget', name: 'owner', uid: owner.metadata.uid! }];
  await local.create(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', ownerReferences } });
  // All of its objects go with the kind, and what they own with them.
  await local.delete({ ...CRDS, name: 'widgets.example.com' });
  await eventually(() => assert.rejects(local.get({ ...maps, name: 'owned' }), isNotFound));
});

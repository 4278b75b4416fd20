import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { projectNetworks } from '../../../../../lib/platform/api/network/project-networks.ts';

const join = (name: string, to?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...(to === undefined ? {} : { annotations: { 'network.openshift.io/join': to } }) },
});
const open = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, annotations: { 'network.openshift.io/global': 'true' } },
});
const networks = (namespaces: readonly KubeObject[], ...names: string[]): string[] => names.map(projectNetworks(namespaces));

test('a project has a network of its own, or that of the one that it is joined to, as far as that leads', () => {
  const all = [join('a'), join('b', 'a'), join('c', 'b'), join('d', 'gone')];
  assert.deepEqual(networks(all, 'a', 'b', 'c', 'd', 'unheard-of'), ['a', 'a', 'a', 'gone', 'unheard-of']);
});

test("the platform's namespaces and open projects are in the network that reaches all, and so is who is joined to one", () => {
  const all = [join('a', 'default'), open('b'), join('c', 'b'), join('kube-system', 'a'), join('openshiftish')];
  assert.deepEqual(networks(all, 'default', 'a', 'b', 'c', 'kube-system', 'openshift-git', 'openshiftish'), [
    '',
    '',
    '',
    '',
    '',
    '',
    'openshiftish',
  ]);
});

test('projects that are joined in a circle share one network, and so does who is joined to the circle', () => {
  const all = [join('c', 'b'), join('b', 'a'), join('a', 'c'), join('d', 'b'), join('e', 'e')];
  assert.deepEqual(networks(all, 'a', 'b', 'c', 'd', 'e'), ['a', 'a', 'a', 'a', 'e']);
});

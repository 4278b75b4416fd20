import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfig } from '../../../lib/platform/config/load-config.ts';
import type { MachineFacts } from '../../../lib/platform/config/machine-facts.ts';
import { kindSettings } from '../../../lib/platform/part-settings.ts';

const facts = { hostname: 'n1' } as unknown as MachineFacts;
const network = (input: object): object =>
  kindSettings(resolveConfig('test', { advertiseAddress: '192.0.2.7', ...input }, facts)).network;

test("what kinds hear of the network: where pods are, how large a node's part of it is, whether projects are apart", () => {
  assert.deepEqual(network({}), { clusterCIDR: '10.128.0.0/14', hostSubnetLength: 9, isolateProjects: true });
  const narrow = { clusterCIDR: '10.64.0.0/16', podCIDR: '10.64.1.0/24', network: { isolateProjects: false } };
  assert.deepEqual(network(narrow), { clusterCIDR: '10.64.0.0/16', hostSubnetLength: 8, isolateProjects: false });
});

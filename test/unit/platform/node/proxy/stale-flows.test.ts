import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staleFlows } from '../../../../../lib/platform/node/proxy/stale-flows.ts';
import { servicePorts } from '../../../../../lib/platform/node/proxy/service-ports.ts';
import { endpoints, service } from './fake-informer.ts';

const DNS = [{ name: 'dns', protocol: 'UDP', port: 53, target: 5353, nodePort: 30_053 }];
const ports = servicePorts([service('dns', '172.30.0.10', DNS)], () => endpoints('dns', ['10.128.0.5'], DNS), {
  podCIDR: '10.128.0.0/23',
  nodeAddresses: [],
});
const flow = (destination: string, port: number, endpoint: string, endpointPort: number): string =>
  `udp      17 25 src=10.128.0.7 dst=${destination} sport=4000 dport=${port} [UNREPLIED] src=${endpoint} dst=10.128.0.7 sport=${endpointPort} dport=4000 mark=0 use=1`;

test("flows to endpoints that are not the service's are stale, others are not", () => {
  const listing = [
    flow('172.30.0.10', 53, '10.128.0.5', 5353),
    flow('172.30.0.10', 53, '10.128.0.6', 5353),
    flow('192.0.2.2', 30_053, '10.128.0.6', 5353),
    // Came before the service did, and was never rewritten.
    flow('192.0.2.2', 30_053, '192.0.2.2', 30_053),
    flow('172.30.0.99', 53, '10.128.0.9', 5353),
    flow('192.0.2.53', 53, '192.0.2.53', 53),
    'tcp 6 100 ESTABLISHED src=10.128.0.7 dst=172.30.0.10 sport=1 dport=53 src=10.128.0.6 dst=10.128.0.7 sport=5353 dport=1',
    'udp garbage',
    '',
  ].join('\n');
  assert.deepEqual(
    staleFlows(listing, ports, '172.30.0.0/16').map(({ destination, endpoint }) => `${destination} ${endpoint}`),
    ['172.30.0.10 10.128.0.6', '192.0.2.2 10.128.0.6', '192.0.2.2 192.0.2.2', '172.30.0.99 10.128.0.9'],
  );
});

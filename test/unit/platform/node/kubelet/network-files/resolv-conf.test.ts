import assert from 'node:assert/strict';
import { it } from 'node:test';
import { podHostname, podHostsFile } from '../../../../../../lib/platform/node/kubelet/network-files/hosts-file.ts';
import {
  formatResolvConf,
  parseResolvConf,
  podResolvConf,
} from '../../../../../../lib/platform/node/kubelet/network-files/resolv-conf.ts';
import type { Pod, PodSpec } from '../../../../../../lib/platform/node/kubelet/types/pod-types.ts';

const host = parseResolvConf(
  '# a comment\nnameserver 192.0.2.53\nnameserver 192.0.2.54 ; second\nsearch corp.example lab.example\noptions timeout:1 rotate\n',
);
const cluster = { address: '172.30.0.10', domain: 'cluster.local', host };
const pod = (spec: Partial<PodSpec> = {}, name = 'p'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'ns', uid: 'u' },
  spec: { containers: [], ...spec },
});
const conf = (spec: Partial<PodSpec>) => formatResolvConf(podResolvConf(pod(spec), cluster));

it('points pods at the cluster, and at the machine where they ask for it', () => {
  assert.equal(
    conf({}),
    'search ns.svc.cluster.local svc.cluster.local cluster.local corp.example lab.example\nnameserver 172.30.0.10\noptions ndots:5\n',
  );
  const machine = 'search corp.example lab.example\nnameserver 192.0.2.53\nnameserver 192.0.2.54\noptions timeout:1 rotate\n';
  assert.equal(conf({ dnsPolicy: 'Default' }), machine);
  assert.equal(conf({ hostNetwork: true }), machine);
  assert.match(conf({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }), /nameserver 172\.30\.0\.10/);
  assert.equal(conf({ dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'] } }), 'nameserver 192.0.2.1\n');
});

it('adds what the pod configures, without doubles and within what resolvers read', () => {
  const text = conf({
    dnsConfig: {
      nameservers: ['172.30.0.10', '192.0.2.1', '192.0.2.2', '192.0.2.3'],
      searches: ['cluster.local', 'mine.example'],
      options: [{ name: 'ndots', value: '1' }, { name: 'debug' }],
    },
  });
  assert.equal(text.match(/nameserver/g)!.length, 3);
  assert.match(
    text,
    /search ns\.svc\.cluster\.local svc\.cluster\.local cluster\.local corp\.example lab\.example mine\.example\n/,
  );
  assert.match(text, /options ndots:1 debug\n$/);
});

it('names the pod to itself', () => {
  const file = podHostsFile(
    pod({ hostname: 'box', subdomain: 'sub', hostAliases: [{ ip: '192.0.2.9', hostnames: ['x', 'y'] }] }),
    ['10.0.0.2'],
    'cluster.local',
  );
  assert.ok(file.includes('10.0.0.2\tbox.sub.ns.svc.cluster.local\tbox\n'));
  assert.ok(file.endsWith('\n# Entries added by HostAliases.\n192.0.2.9\tx\ty\n'));
  assert.equal(podHostname(pod({}, `${'a'.repeat(62)}-b`)), 'a'.repeat(62));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../../../lib/common/log.ts';
import { createInformer } from '../../../../../lib/platform/client/informer.ts';
import { inProcessClient } from '../../../../../lib/platform/client/in-process-client.ts';
import { createDnsServer } from '../../../../../lib/platform/node/dns/dns-server.ts';
import { FakeVerbs } from '../../../../support/fake-verbs.ts';

test('an address that is not this machine’s is told of, with what to do about it', async () => {
  const client = inProcessClient(new FakeVerbs(), 'dns-test');
  const informer = (resource: string) => createInformer(client, { group: '', version: 'v1', resource }, { log: silentLog });
  const server = createDnsServer({
    services: informer('services'),
    endpoints: informer('endpoints'),
    domain: 'cluster.local',
    // RFC 5737: nobody's.
    listen: { address: '192.0.2.1', port: 0 },
    log: silentLog,
  });
  await assert.rejects(server.run(new AbortController().signal), /192\.0\.2\.1 is no address of this machine.*advertiseAddress/);
});

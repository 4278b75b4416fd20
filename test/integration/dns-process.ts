/** A DNS server of a few fixed services, to be run in a network namespace: `dns-process.ts ADDRESS PORT`. Prints `ready`. */
import { createLog } from '../../lib/common/log.ts';
import { createDnsServer } from '../../lib/platform/node/dns/dns-server.ts';
import { endpoints, FakeInformer, service } from '../unit/platform/node/proxy/fake-informer.ts';

const [address = '', port = ''] = process.argv.slice(2);
const informers = { services: new FakeInformer(), endpoints: new FakeInformer() };
const sql = [{ name: 'sql', port: 5432, target: 5432 }];
informers.services.set(service('web', '172.30.0.20', [{ name: 'http', port: 80, target: 8080 }]));
informers.services.set(service('db', 'None', sql));
// More than a datagram holds: a client must come again over TCP.
informers.endpoints.set(
  endpoints(
    'db',
    Array.from({ length: 100 }, (_unused, n) => `10.128.1.${n + 1}`),
    sql,
  ),
);
const server = createDnsServer({
  ...informers,
  domain: 'cluster.local',
  listen: { address, port: Number(port) },
  upstreams: [],
  networks: ['172.30.0.0/16', '10.128.0.0/14'],
  log: createLog({ name: 'dns', write: (line) => line.includes('listening') && process.stdout.write('ready\n') }),
});
await server.run(new AbortController().signal);

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { decode, encode, type Answer, type DecodedPacket } from 'dns-packet';
import { silentLog } from '../../../../../lib/common/log.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import { createInformer } from '../../../../../lib/platform/client/informer.ts';
import { inProcessClient } from '../../../../../lib/platform/client/in-process-client.ts';
import { createDnsServer } from '../../../../../lib/platform/node/dns/dns-server.ts';
import { createForwarder } from '../../../../../lib/platform/node/dns/forwarder.ts';
import { FakeVerbs } from '../../../../support/fake-verbs.ts';
import { eventually } from '../../../../support/eventually.ts';
import { patient } from '../../../../support/patience.ts';

const SERVICES = { group: '', version: 'v1', resource: 'services' };
const ENDPOINTS = { group: '', version: 'v1', resource: 'endpoints' };
const LOOPBACK = '127.0.0.1';

const service = (name: string, spec: object): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec,
});
const httpPort = { name: 'http', port: 80, protocol: 'TCP' };

const stopping = new AbortController();
const verbs = new FakeVerbs();
const upstream = createSocket('udp4');
let asked = 0;
let port = 0;

before(async () => {
  upstream.bind(0, LOOPBACK);
  await once(upstream, 'listening');
  upstream.on('message', (message, from) => {
    asked++;
    const { id, questions } = decode(message);
    const name = questions![0]!.name;
    const answers: Answer[] = name === 'www.example.com' ? [{ type: 'A', name, ttl: 60, data: '192.0.2.80' }] : [];
    upstream.send(
      encode({ type: 'response', id: id!, flags: answers.length > 0 ? 0 : 3, questions: questions!, answers }),
      from.port,
    );
  });

  await verbs.create(SERVICES, service('web', { clusterIP: '172.30.0.9', ports: [httpPort] }));
  await verbs.create(SERVICES, service('db', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] }));
  await verbs.create(SERVICES, service('outside', { type: 'ExternalName', externalName: 'www.example.com' }));
  await verbs.create(SERVICES, service('big', { clusterIP: 'None' }));
  const endpoints = (name: string, subsets: object[]): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace: 'shop' },
    subsets,
  });
  await verbs.create(
    ENDPOINTS,
    endpoints('db', [
      {
        addresses: [{ ip: '10.128.0.5', hostname: 'db-0' }, { ip: '10.128.0.6' }],
        ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
      },
    ]),
  );
  await verbs.create(
    ENDPOINTS,
    endpoints('big', [{ addresses: Array.from({ length: 60 }, (_, n) => ({ ip: `10.128.1.${n}` })) }]),
  );

  const client = inProcessClient(verbs, 'system:node:test');
  const services = createInformer(client, SERVICES, { log: silentLog });
  const endpointsInformer = createInformer(client, ENDPOINTS, { log: silentLog });
  port = await freePort();
  const server = createDnsServer({
    services,
    endpoints: endpointsInformer,
    domain: 'cluster.local',
    listen: { address: LOOPBACK, port },
    networks: ['172.30.0.0/16', '10.128.0.0/14'],
    upstreams: [`${LOOPBACK}:${(upstream.address() as AddressInfo).port}`],
    log: silentLog,
  });
  void services.run(stopping.signal);
  void endpointsInformer.run(stopping.signal);
  void server.run(stopping.signal);
  await Promise.all([services.synced(), endpointsInformer.synced()]);
  await eventually(() => ask('A', 'web.shop.svc.cluster.local'));
});

after(() => {
  stopping.abort();
  upstream.close();
});

/** Free for UDP and TCP, and below the ports that the kernel hands to the tests beside this one. */
async function freePort(): Promise<number> {
  for (;;) {
    const candidate = 10_000 + Math.floor(Math.random() * 9_000);
    const udp = createSocket('udp4');
    const tcp = createServer();
    try {
      udp.bind(candidate, LOOPBACK);
      tcp.listen(candidate, LOOPBACK);
      await Promise.all([once(udp, 'listening'), once(tcp, 'listening')]);
      return candidate;
    } catch {
      // Somebody has it: try another.
    } finally {
      await Promise.all([once(udp, 'close'), udp.close(), tcp.listening ? once(tcp.close(), 'close') : undefined]).catch(
        () => undefined,
      );
    }
  }
}

async function sendUdp(message: Buffer, to = port): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    socket.connect(to, LOOPBACK);
    await once(socket, 'connect');
    socket.send(message);
    const [reply] = (await once(socket, 'message', { signal: AbortSignal.timeout(patient(1_000)) })) as [Buffer];
    return reply;
  } finally {
    socket.close();
  }
}

async function ask(type: 'A' | 'AAAA' | 'SRV' | 'PTR' | 'TXT', name: string): Promise<DecodedPacket> {
  return decode(await sendUdp(encode({ type: 'query', id: 7, flags: 256, questions: [{ type, name }] })));
}

const rcode = (packet: DecodedPacket): number => packet.flags! & 0x0f;
const data = (packet: DecodedPacket): unknown[] => packet.answers!.map((record) => ('data' in record ? record.data : undefined));

test('a service has its cluster IP, and no IPv6 one', async () => {
  const found = await ask('A', 'web.shop.svc.cluster.local');
  assert.deepEqual(data(found), ['172.30.0.9']);
  assert.equal(found.id, 7);
  assert.ok(found.flag_aa && found.flag_ra && found.flag_rd);
  const none = await ask('AAAA', 'web.shop.svc.cluster.local');
  assert.deepEqual([rcode(none), none.answers!.length, none.authorities![0]!.type], [0, 0, 'SOA']);
});

test('case does not matter, and the answer echoes the question as it was asked', async () => {
  const found = await ask('A', 'Web.Shop.svc.Cluster.local');
  assert.equal(found.questions![0]!.name, 'Web.Shop.svc.Cluster.local');
  assert.equal(found.answers![0]!.name, 'Web.Shop.svc.Cluster.local');
});

test('a headless service has its endpoints, each under a name of its own', async () => {
  assert.deepEqual(data(await ask('A', 'db.shop.svc.cluster.local')).sort(), ['10.128.0.5', '10.128.0.6']);
  assert.deepEqual(data(await ask('A', 'db-0.db.shop.svc.cluster.local')), ['10.128.0.5']);
  assert.deepEqual(data(await ask('A', '10-128-0-6.db.shop.svc.cluster.local')), ['10.128.0.6']);
  assert.equal(rcode(await ask('A', 'db-1.db.shop.svc.cluster.local')), 3);
});

test('named ports have SRV records, with the addresses beside them', async () => {
  const web = await ask('SRV', '_http._tcp.web.shop.svc.cluster.local');
  assert.deepEqual(data(web), [{ target: 'web.shop.svc.cluster.local', port: 80, priority: 0, weight: 100 }]);
  assert.equal(web.additionals![0]!.type, 'A');
  const db = await ask('SRV', '_sql._tcp.db.shop.svc.cluster.local');
  assert.deepEqual((data(db) as { target: string }[]).map(({ target }) => target).sort(), [
    '10-128-0-6.db.shop.svc.cluster.local',
    'db-0.db.shop.svc.cluster.local',
  ]);
  assert.equal(rcode(await ask('SRV', '_smtp._tcp.web.shop.svc.cluster.local')), 3);
});

test('addresses lead back to names', async () => {
  assert.deepEqual(data(await ask('PTR', '9.0.30.172.in-addr.arpa')), ['web.shop.svc.cluster.local']);
  assert.deepEqual(data(await ask('PTR', '5.0.128.10.in-addr.arpa')), ['db-0.db.shop.svc.cluster.local']);
});

test("a pod's address has a name in its namespace", async () => {
  assert.deepEqual(data(await ask('A', '10-128-0-5.shop.pod.cluster.local')), ['10.128.0.5']);
  assert.equal(rcode(await ask('A', 'not-an-address.shop.pod.cluster.local')), 3);
  assert.deepEqual(data(await ask('A', '10-128-0-5.without-services.pod.cluster.local')), ['10.128.0.5']);
});

test('an address of the cluster that has no name is not asked of others', async () => {
  const before = asked;
  assert.equal(rcode(await ask('PTR', '99.99.30.172.in-addr.arpa')), 3);
  assert.equal(asked, before);
  await ask('PTR', '1.2.0.192.in-addr.arpa');
  assert.equal(asked, before + 1);
});

test('the endpoints behind a service have OpenShift’s own name', async () => {
  assert.deepEqual(data(await ask('A', 'db.shop.endpoints.cluster.local')).sort(), ['10.128.0.5', '10.128.0.6']);
  assert.equal(rcode(await ask('A', 'nothing.shop.endpoints.cluster.local')), 3);
});

test('zone transfers and other classes are refused', async () => {
  const refused = async (type: 'AXFR' | 'A', of: 'IN' | 'CH'): Promise<number> =>
    rcode(decode(await sendUdp(encode({ type: 'query', id: 7, questions: [{ type, name: 'cluster.local', class: of }] }))));
  assert.equal(await refused('AXFR', 'IN'), 5);
  assert.equal(await refused('A', 'CH'), 5);
});

test('record types that nobody has named are passed through', async () => {
  const reply = decode(
    await sendUdp(
      encode({ type: 'query', id: 7, flags: 256, questions: [{ type: 'UNKNOWN_65' as 'A', name: 'www.example.com' }] }),
    ),
  );
  assert.deepEqual([rcode(reply), reply.questions![0]!.type as string], [0, 'UNKNOWN_65']);
});

test('names of the cluster are not denied before the cluster is known', async (t) => {
  const client = inProcessClient(verbs, 'system:node:test');
  const early = await freePort();
  const stop = new AbortController();
  t.after(() => stop.abort());
  const server = createDnsServer({
    services: createInformer(client, SERVICES, { log: silentLog }),
    endpoints: createInformer(client, ENDPOINTS, { log: silentLog }),
    domain: 'cluster.local',
    listen: { address: LOOPBACK, port: early },
    upstreams: [],
    log: silentLog,
  });
  void server.run(stop.signal);
  await eventually(async () => {
    const reply = decode(
      await sendUdp(encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'web.shop.svc.cluster.local' }] }), early),
    );
    assert.equal(rcode(reply), 2);
  });
});

test('a client may half-close after its question, and ask many at once', async () => {
  const message = encode({ type: 'query', id: 9, questions: [{ type: 'A', name: 'big.shop.svc.cluster.local' }] });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  const socket = connect(port, LOOPBACK);
  socket.end(Buffer.concat(Array.from({ length: 200 }, () => Buffer.concat([length, message]))));
  const received = Buffer.concat((await socket.toArray()) as Buffer[]);
  let answers = 0;
  for (let at = 0; at < received.length; at += 2 + received.readUInt16BE(at)) answers++;
  assert.equal(answers, 200);
});

test('clients that hold connections without asking give way to those that ask', async (t) => {
  const open: Socket[] = [];
  t.after(() => open.forEach((socket) => socket.destroy()));
  const hold = async (localAddress: string): Promise<Socket> => {
    const socket = connect({ port, host: LOOPBACK, localAddress });
    socket.on('error', () => undefined);
    open.push(socket);
    await once(socket, 'connect');
    // Half a length: a question that never comes.
    socket.write(Buffer.of(0));
    return socket;
  };
  const early = await hold('127.0.0.9');
  await askOverTcp(early, Buffer.of(0));
  // One source has its share and no more: it pushes out its own.
  for (let n = 0; n < 300; n++) await hold('127.0.0.2');
  assert.deepEqual(data(await askOverTcp(early)), ['172.30.0.9']);
  await eventually(() => assert.equal(open.filter((socket) => !socket.closed).length, 65));
  // Many sources together take all places; who asks gets one all the same.
  for (let n = 0; n < 256; n++) await hold(`127.0.1.${n}`);
  const late = connect(port, LOOPBACK);
  open.push(late);
  assert.deepEqual(data(await askOverTcp(late)), ['172.30.0.9']);
  await eventually(() => assert.equal(open.filter((socket) => !socket.closed).length, 256));
});

/** `sent`: the beginning of the question that the server has already. */
async function askOverTcp(socket: Socket, sent = Buffer.alloc(0)): Promise<DecodedPacket> {
  const message = encode({ type: 'query', id: 9, questions: [{ type: 'A', name: 'web.shop.svc.cluster.local' }] });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  socket.write(Buffer.concat([length, message]).subarray(sent.length));
  const [reply] = (await once(socket, 'data', { signal: AbortSignal.timeout(patient(2_000)) })) as [Buffer];
  return decode(reply.subarray(2));
}

test('an outside name behind a service is followed', async () => {
  assert.deepEqual(data(await ask('A', 'outside.shop.svc.cluster.local')), ['www.example.com', '192.0.2.80']);
});

test('what the cluster does not know it denies, with the time that may be remembered', async () => {
  for (const name of [
    'nothing.shop.svc.cluster.local',
    'web.elsewhere.svc.cluster.local',
    'x.cluster.local',
    'a.b.web.shop.svc.cluster.local',
  ]) {
    const found = await ask('A', name);
    assert.deepEqual([name, rcode(found), found.authorities![0]!.type], [name, 3, 'SOA']);
  }
});

test('other names are asked of the host’s resolvers, once while the answer is fresh', async () => {
  assert.deepEqual(data(await ask('A', 'www.example.com')), ['192.0.2.80']);
  const before = asked;
  assert.deepEqual(data(await ask('A', 'WWW.example.com')), ['192.0.2.80']);
  assert.equal(asked, before);
  assert.equal(rcode(await ask('A', 'unknown.example.com')), 3);
});

test('an answer too long for UDP says so, and comes whole over TCP', async () => {
  const cut = await ask('A', 'big.shop.svc.cluster.local');
  assert.ok(cut.flag_tc);
  assert.equal(cut.answers!.length, 0);
  const message = encode({ type: 'query', id: 9, questions: [{ type: 'A', name: 'big.shop.svc.cluster.local' }] });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  const socket = connect(port, LOOPBACK);
  socket.write(length);
  socket.write(message);
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) break;
  }
  assert.equal(decode(received.subarray(2)).answers!.length, 60);
});

test('a change of a service is answered at once', async () => {
  await verbs.create({ ...SERVICES, namespace: 'shop' }, service('late', { clusterIP: '172.30.0.77', ports: [httpPort] }));
  await eventually(async () => assert.deepEqual(data(await ask('A', 'late.shop.svc.cluster.local')), ['172.30.0.77']));
  await verbs.delete({ ...SERVICES, namespace: 'shop', name: 'late' });
  await eventually(async () => assert.equal(rcode(await ask('A', 'late.shop.svc.cluster.local')), 3));
  assert.equal(rcode(await ask('PTR', '77.0.30.172.in-addr.arpa')), 3);
});

test('a resolver that cannot be reached is an answer, not an end', async () => {
  // Nobody may send to the broadcast address without asking for it.
  const forwarder = createForwarder(async () => [
    { address: '255.255.255.255', port: 53 },
    { address: LOOPBACK, port: 1 },
  ]);
  assert.equal((await forwarder.resolve({ type: 'A', name: 'www.example.com' })).rcode, 2);
  assert.equal((await createForwarder(async () => []).resolve({ type: 'A', name: 'www.example.com' })).rcode, 2);
});

test('garbage is answered with an error or not at all, and harms nobody', async (t) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  let state = seed;
  const random = (below: number): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.connect(port, LOOPBACK);
  await once(socket, 'connect');
  const valid = encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'web.shop.svc.cluster.local' }] });
  for (let n = 0; n < 500; n++) {
    const message = n % 2 === 0 ? Buffer.from(Array.from({ length: random(64) }, () => random(256))) : Buffer.from(valid);
    if (message.length > 0) message[random(message.length)] = random(256);
    socket.send(message);
  }
  await eventually(async () =>
    assert.deepEqual(data(await ask('A', 'web.shop.svc.cluster.local')), ['172.30.0.9'], `seed ${seed}`),
  );
});

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createWebServer, request } from 'node:http';
import { connect as connectSecure } from 'node:http2';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { type Authority, ensureAuthority, type KeyPair } from '../../lib/platform/pki/authority.ts';
import { eventually } from '../support/eventually.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { freePort } from '../support/free-port.ts';
import { platformImage } from '../support/platform-images.ts';
import { type AskOptions, askRouter, type RouterAnswer, type RouterPorts } from '../support/router/ask-router.ts';
import { startEcho } from '../support/router/echo-application.ts';
import { startWrk } from '../support/wrk.ts';

let platform: TestPlatform;
let folder: string;
let authority: Authority;
let podPair: KeyPair;
let image: string;
let ports: RouterPorts;
/** RFC 6455, section 1.3. */
const WEBSOCKET = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const HOST_ADDRESS = '127.0.0.1';

before(async () => {
  image = await platformImage('router');
  folder = await mkdtemp(join(tmpdir(), 'router-test-'));
  authority = await ensureAuthority(folder);
  podPair = await authority.issue({ commonName: 'pod.test', dnsNames: ['pod.test'], usages: ['server'] });
  ports = { httpPort: await freePort(), httpsPort: await freePort() };
  platform = await startPlatform({ config: { router: { enabled: true, domain: 'apps.localhost', ...ports } } });
  const { kubectl } = platform;
  for (const name of ['shop', 'rival']) await kubectl(['create', 'namespace', name]);
  await application('shop', 'web', 2);
  await application('shop', 'next', 1);
  await eventually(() => kubectl(['rollout', 'status', 'deployment/router', '-n', 'default', '--timeout=60s']), {
    timeout: 90_000,
  });
});
after(async () => {
  await platform?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

const application = (namespace: string, name: string, replicas: number): Promise<void> =>
  startEcho(platform.kubectl, { image, pair: podPair, namespace, name, replicas });

const routeObject = (name: string, spec: object, more: { namespace?: string; annotations?: object } = {}): object => ({
  apiVersion: 'route.openshift.io/v1',
  kind: 'Route',
  metadata: { name, namespace: more.namespace ?? 'shop', annotations: more.annotations ?? {} },
  spec: { to: { kind: 'Service', name: 'web' }, port: { targetPort: 'http' }, ...spec },
});
const expose = (...of: Parameters<typeof routeObject>): Promise<string> => platform.kubectl.apply(routeObject(...of));

const ask = (url: string, options?: AskOptions): Promise<RouterAnswer> => askRouter(ports, url, options);
const answers = (url: string, pattern: RegExp, options?: AskOptions): Promise<RouterAnswer> =>
  eventually(
    async () => {
      const answer = await ask(url, options);
      assert.match(`${answer.code} ${answer.body}`, pattern);
      return answer;
    },
    { timeout: 15_000 },
  );
const admitted = (name: string, namespace = 'shop'): Promise<string> =>
  platform.kubectl.text(
    'get',
    'route',
    name,
    '-n',
    namespace,
    '-o',
    'jsonpath={.status.ingress[0].conditions[0].status} {.status.ingress[0].conditions[0].reason}',
  );

describe('the router', () => {
  it('serves a route that names no host, and says so in its status', async () => {
    await expose('plain', {});
    const answer = await answers('http://plain-shop.apps.localhost/x?y=1', /^200 web web-/);
    assert.match(answer.body, new RegExp(`for=\\S+ proto=http port=${ports.httpPort} tls=0 path=/x`));
    await eventually(async () => assert.equal(await admitted('plain'), 'True '));
    assert.match(
      await platform.kubectl.text('get', 'routes', '-n', 'shop'),
      /plain +plain-shop\.apps\.localhost +web +http +None/,
    );
    const nobody = await ask('http://nobody.apps.localhost/');
    assert.equal(nobody.code, 503);
    assert.match(nobody.body, /Application is not available/);
  });

  it('keeps a client with its pod by a cookie', async () => {
    const first = await ask('http://plain-shop.apps.localhost/');
    const cookie = String(first.headers['set-cookie']).split(';')[0]!;
    const pod = /web-\S+/.exec(first.body)![0];
    for (let i = 0; i < 6; i++)
      assert.ok((await ask('http://plain-shop.apps.localhost/', { headers: { cookie } })).body.includes(pod));
    const pods = new Set<string>();
    await eventually(async () => {
      for (let i = 0; i < 10; i++) pods.add(/web-\S+/.exec((await ask('http://plain-shop.apps.localhost/')).body)![0]);
      assert.equal(pods.size, 2);
    });
  });

  it('decrypts with its own certificate, or with that of the route, and redirects', async () => {
    const caPem = await readFile(join(platform.dataDir, 'pki', 'ca.crt'), 'utf8');
    const own = await authority.issue({ commonName: 'own.test', dnsNames: ['own.test'], usages: ['server'] });
    await expose('edge', { tls: { termination: 'edge', insecureEdgeTerminationPolicy: 'Redirect' } });
    await expose('own', { host: 'own.test', tls: { termination: 'edge', certificate: own.certPem, key: own.keyPem } });
    // The default certificate is the platform's own, for every host of the domain: it is judged here.
    const secure = await answers('https://edge-shop.apps.localhost/', /^200 web .* proto=https /, { ca: caPem });
    assert.match(String(secure.headers['set-cookie']), /Secure/i);
    assert.match((await answers('https://own.test/', /^200 web/, { ca: authority.caPem })).subject, /CN=own\.test/);
    const redirect = await ask('http://edge-shop.apps.localhost/a?b=c');
    assert.equal(redirect.code, 302);
    assert.equal(redirect.headers['location'], `https://edge-shop.apps.localhost:${ports.httpsPort}/a?b=c`);
    assert.equal((await ask('http://own.test/')).code, 503);
  });

  it('leaves decrypting to pods, and encrypts again for them when they are who they should be', async () => {
    await expose('through', { host: 'pod.test', port: { targetPort: 'https' }, tls: { termination: 'passthrough' } });
    const through = await answers('https://pod.test/', /^200 web .* tls=1 /, { ca: authority.caPem });
    assert.match(through.subject, /CN=pod\.test/);
    // The others are still served beside it, and their clients' addresses are still known.
    assert.doesNotMatch((await answers('https://edge-shop.apps.localhost/', /^200 web/)).body, /for= /);
    const again = { termination: 'reencrypt', destinationCACertificate: authority.caPem };
    await expose('again', { port: { targetPort: 'https' }, tls: again });
    assert.match((await answers('https://again-shop.apps.localhost/', /^200 web .* tls=1 /)).subject, /CN=\*\.apps\.localhost/);
    const stranger = await ensureAuthority(join(folder, 'stranger'));
    await expose('wary', { port: { targetPort: 'https' }, tls: { ...again, destinationCACertificate: stranger.caPem } });
    await answers('https://wary-shop.apps.localhost/', /^503 /);
  });

  it('shares a host by paths, the longest first, and by weights', async () => {
    await expose('root', { host: 'paths.test' });
    await expose('api', { host: 'paths.test', path: '/api', to: { kind: 'Service', name: 'next' } });
    await answers('http://paths.test/api/v1', /^200 next/);
    await answers('http://paths.test/apis', /^200 web/);
    await answers('http://paths.test/api', /^200 next/);
    const alternateBackends = [{ kind: 'Service', name: 'next', weight: 25 }];
    await expose('split', { host: 'split.test', to: { kind: 'Service', name: 'web', weight: 75 }, alternateBackends });
    await answers('http://split.test/', /^200 /);
    await eventually(async () => {
      const counts: Record<string, number> = { web: 0, next: 0 };
      for (let i = 0; i < 80; i++) counts[(await ask('http://split.test/')).body.split(' ')[0]!]!++;
      assert.ok(counts['next']! >= 15 && counts['next']! <= 25, JSON.stringify(counts));
    });
  });

  it('gives a host to the oldest route, across projects, and to the next one when that goes', async () => {
    await application('rival', 'thief', 1);
    await expose('first', { host: 'claimed.test' });
    await answers('http://claimed.test/', /^200 web/);
    await expose('second', { host: 'claimed.test', to: { kind: 'Service', name: 'thief' } }, { namespace: 'rival' });
    await eventually(async () => assert.equal(await admitted('second', 'rival'), 'False HostAlreadyClaimed'));
    assert.match(await platform.kubectl.text('get', 'route', 'second', '-n', 'rival'), /HostAlreadyClaimed/);
    assert.match((await ask('http://claimed.test/')).body, /^web/);
    await platform.kubectl(['delete', 'route', 'first', '-n', 'shop']);
    await answers('http://claimed.test/', /^200 thief/);
    await eventually(async () => assert.equal(await admitted('second', 'rival'), 'True '));
  });

  it('speaks HTTP/2 for hosts with a certificate of their own, and lets connections be upgraded', async () => {
    const session = connectSecure(`https://${HOST_ADDRESS}:${ports.httpsPort}`, { ca: authority.caPem, servername: 'own.test' });
    const stream = session.request({ ':path': '/', ':authority': 'own.test' });
    assert.match(await text(stream), /^web .* proto=https /);
    assert.equal(session.alpnProtocol, 'h2');
    session.close();
    const server = createWebServer().on('upgrade', (request, socket) => {
      const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${WEBSOCKET}`).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    server.listen(0, '0.0.0.0');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await platform.kubectl.apply({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'outside', namespace: 'shop' },
      spec: { ports: [{ name: 'http', port: 80, targetPort: port }] },
    });
    await platform.kubectl.apply({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'outside', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'outside' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: [new URL(platform.url).hostname], conditions: { ready: true } }],
      ports: [{ name: 'http', port, protocol: 'TCP' }],
    });
    await expose('socket', { host: 'socket.test', to: { kind: 'Service', name: 'outside' } });
    const headers = {
      host: 'socket.test',
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    };
    await eventually(
      async () => {
        const call = request({ host: HOST_ADDRESS, port: ports.httpPort, headers, agent: false, timeout: 10_000 }).end();
        const [, socket] = (await Promise.race([
          once(call, 'upgrade'),
          once(call, 'response').then(() => Promise.reject(new Error('no upgrade'))),
        ])) as [unknown, Socket];
        socket.write('echo');
        assert.equal(String((await once(socket, 'data'))[0]), 'echo');
        socket.destroy();
      },
      { timeout: 10_000 },
    );
    server.close();
    server.closeAllConnections();
  });

  it('serves ingresses', async () => {
    const backend = { service: { name: 'next', port: { name: 'http' } } };
    await platform.kubectl.apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'door', namespace: 'shop' },
      spec: {
        ingressClassName: 'openshift-default',
        rules: [{ host: 'door.test', http: { paths: [{ path: '/in', pathType: 'Prefix', backend }] } }],
      },
    });
    await answers('http://door.test/in/side', /^200 next/);
    await platform.kubectl(['delete', 'ingress', 'door', '-n', 'shop']);
    await answers('http://door.test/in/side', /^503 /);
  });

  it('loses no request while routes come and go, pods are replaced, and the daemon is killed', async () => {
    const header = 'Host: plain-shop.apps.localhost';
    await using load = startWrk(`http://${HOST_ADDRESS}:${ports.httpPort}/`, {
      connections: 8,
      headers: [header],
      restless: true,
    });
    for (let i = 0; i < 6; i++) {
      await expose(`churn-${i}`, {});
      await answers(`http://churn-${i}-shop.apps.localhost/`, /^200 web/);
    }
    await platform.kubectl(['rollout', 'restart', 'deployment/web', '-n', 'shop']);
    await platform.kubectl(['rollout', 'status', 'deployment/web', '-n', 'shop', '--timeout=200s']);
    await platform.kubectl(['scale', 'deployment/web', '-n', 'shop', '--replicas=3']);
    await platform.kubectl(['delete', 'route', ...Array.from({ length: 6 }, (_, i) => `churn-${i}`), '-n', 'shop']);
    await answers('http://churn-5-shop.apps.localhost/', /^503 /);
    await platform.kill();
    await platform.start();
    await expose('after', {});
    await answers('http://after-shop.apps.localhost/', /^200 web/);
    const { requests, failed, report } = await load.stop();
    assert.ok(requests > 1000, report);
    assert.equal(failed, 0, report);
  });

  it('refuses hostile routes one by one and goes on serving the others', async () => {
    const OWN = 'haproxy.router.openshift.io/';
    await expose('evil', {}, { annotations: { [`${OWN}timeout`]: '5s\n  server evil 192.0.2.1:80' } });
    await eventually(async () => assert.equal(await admitted('evil'), 'False ExtendedValidationFailed'));
    await assert.rejects(expose('worse', { path: '/a\n\tbind :99' }), /spec.path: Invalid value/);
    await assert.rejects(
      expose('worst', { tls: { termination: 'edge', certificate: 'x', key: 'y' } }),
      /redacted certificate data/,
    );
    await expose('good', {}, { annotations: { [`${OWN}timeout`]: '5s' } });
    await answers('http://good-shop.apps.localhost/', /^200 web/);
    const smuggled = await ask('http://plain-shop.apps.localhost/', {
      headers: { 'x-forwarded-proto': 'https', proxy: 'http://192.0.2.1' },
    });
    assert.match(smuggled.body, / proto=http /);
    assert.equal((await ask('http://evil-shop.apps.localhost/')).code, 503);
  });
});

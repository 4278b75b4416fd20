import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { after, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { httpGet } from '../../support/http-get.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, nodeName } = await useNamespace('proxy');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-proxy-'));
after(() => rmSync(folder, { recursive: true }));

test('proxy puts the API, and a folder, on loopback, with the rights of who runs it', async () => {
  writeFileSync(join(folder, 'page.html'), 'hello\n');
  await using proxy = kubectl.start(['proxy', '--port=0', `--www=${folder}`, '--www-prefix=/site/']);
  const [, address] = await proxy.until(/Starting to serve on (127\.0\.0\.1:\d+)/);
  const get = (path: string): Promise<string> => httpGet(`http://${address}${path}`);
  assert.match(await get('/version'), /"gitVersion"/);
  const list = JSON.parse(await get(`/api/v1/namespaces/${namespace}/configmaps`)) as {
    kind: string;
    items: { metadata: { name: string } }[];
  };
  assert.deepEqual([list.kind, list.items.map(({ metadata }) => metadata.name)], ['ConfigMapList', ['kube-root-ca.crt']]);
  assert.equal(await get('/site/page.html'), 'hello\n');
  const watch = await fetch(
    `http://${address}/api/v1/namespaces/${namespace}/configmaps?watch=1&fieldSelector=metadata.name%3Dseen&timeoutSeconds=120`,
  );
  const reader = watch.body!.getReader();
  await kubectl(['create', 'configmap', 'seen']);
  // An event may come in pieces.
  let event = '';
  while (!event.includes('\n')) event += Buffer.from(((await reader.read()) as { value: Uint8Array }).value).toString();
  assert.match(event, /^\{"type":"ADDED","object":\{[^]*"name":"seen"/);
  await reader.cancel();
  const refused = await fetch(`http://${address}/api/v1/namespaces/${namespace}/pods/web/exec?command=ls`);
  assert.equal(refused.status, 403);
});

test('proxy --api-prefix and --unix-socket', async () => {
  await using below = kubectl.start(['proxy', '--port=0', '--api-prefix=/k8s/']);
  const [, address] = await below.until(/Starting to serve on (127\.0\.0\.1:\d+)/);
  assert.match(await httpGet(`http://${address}/k8s/version`), /"gitVersion"/);
  const socket = join(folder, 'socket');
  await using local = kubectl.start(['proxy', `--unix-socket=${socket}`]);
  await local.until(/Starting to serve on /);
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    request({ socketPath: socket, path: '/version' }, resolve).once('error', reject).end(),
  );
  assert.equal(answer.statusCode, 200);
  answer.resume();
});

/** A server in a shell: tells of the request and its body, sends away from /away, goes over to another protocol when it is asked to. */
const SCRIPT = String.raw`
cat > /tmp/serve <<'END'
#!/bin/sh
cr=$(printf '\r')
read -r method path _
length=0
while read -r name value && [ "$name" != "$cr" ]; do
  value=${'$'}{value%$cr}
  case $name in
    [Cc]ontent-[Ll]ength:) length=$value ;;
    [Uu]pgrade:) upgrade=yes ;;
    [Aa]uthorization:) credentials=$value ;;
    [Xx]-[Ff]orwarded-[Uu]ri:) uri=$value ;;
  esac
done
if [ "$upgrade" = yes ]; then
  printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n'
  while read -r line; do [ "$line" != ping ] || echo pong; done
elif [ "$path" = /away ]; then
  printf 'HTTP/1.1 302 Found\r\nLocation: /here\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
else
  printf 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Mine: yes\r\nConnection: close\r\n\r\n'
  echo "$method $path $uri $credentials"
  [ "$length" = 0 ] || head -c "$length"
fi
END
chmod +x /tmp/serve
exec nc -ll -p 8080 -e /tmp/serve
`;

test('pods, services and nodes answer HTTP through the API', async () => {
  const pod = webPod('web', {
    spec: { terminationGracePeriodSeconds: 1 },
    container: { command: ['sh', '-c', SCRIPT], readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 } },
  });
  await kubectl.create(pod);
  await kubectl(['expose', 'pod', 'web', '--name=front', '--port=80', '--target-port=8080']);
  await kubectl(['wait', '--for=condition=Ready', 'pod/web', IN_TIME]);
  const root = `/api/v1/namespaces/${namespace}`;
  const raw = (path: string): Promise<string> => kubectl.text('get', '--raw', path);
  await eventually(async () =>
    assert.equal(await raw(`${root}/services/front/proxy/here?a=b`), `GET /here?a=b ${root}/services/front/proxy/here `),
  );
  for (const name of ['pods/web', 'pods/web:8080', 'pods/http:web:8080', 'services/front:80'])
    assert.match(await raw(`${root}/${name}/proxy/here`), /^GET \/here \/api/);
  assert.match(await raw(`/api/v1/nodes/${nodeName}/proxy/healthz`), /^ok$/);
  assert.match(
    await kubectl.failure(['get', '--raw', `${root}/pods/web:81/proxy/`]),
    /ServiceUnavailable\): error trying to reach service: .*ECONNREFUSED|connection refused/,
  );
  assert.match(
    await kubectl.failure(['get', '--raw', `${root}/services/front:81/proxy/`]),
    /no service port 81 found for service "front"/,
  );
  assert.match(await kubectl.failure(['get', '--raw', `${root}/pods/nobody/proxy/`]), /pods "nobody" not found/);
  assert.match(await kubectl.failure(['get', '--raw', `${root}/pods/ftp:web:21/proxy/`]), /invalid pod request "ftp:web:21"/);
  assert.match(
    await kubectl.failure(['get', '--raw', `${root}/pods/web/proxy/`, '--as=ann']),
    /cannot get resource "pods\/proxy" in API group ""/,
  );
});

test('redirects, a missing slash, and other protocols, through kubectl proxy', async () => {
  await using proxy = kubectl.start(['proxy', '--port=0']);
  const [, address] = await proxy.until(/Starting to serve on (127\.0\.0\.1:\d+)/);
  const pod = `/api/v1/namespaces/${namespace}/pods/web/proxy`;
  const away = await fetch(`http://${address}${pod}/away`, { redirect: 'manual' });
  assert.deepEqual([away.status, away.headers.get('location')], [302, `${pod}/here`]);
  assert.equal((await fetch(`http://${address}${pod}?a=b`, { redirect: 'manual' })).headers.get('location'), `${pod}/?a=b`);
  const answer = await fetch(`http://${address}${pod}/here`, { method: 'PUT', body: 'x'.repeat(200_000) });
  assert.deepEqual([answer.headers.get('x-mine'), (await answer.text()).length > 200_000], ['yes', true]);
  const [host, port] = address!.split(':');
  const outgoing = request({
    host,
    port,
    path: `/api/v1/namespaces/${namespace}/pods/web/proxy/`,
    headers: { Connection: 'Upgrade', Upgrade: 'echo' },
  });
  const socket = await new Promise<Duplex>((resolve, reject) => {
    outgoing
      .once('upgrade', (_answer, upgraded) => resolve(upgraded))
      .once('response', (refused) => reject(new Error(String(refused.statusCode))));
    outgoing.once('error', reject).end();
  });
  socket.write('ping\n');
  const [pong] = (await once(socket, 'data')) as [Buffer];
  assert.equal(pong.toString(), 'pong\n');
  socket.destroy();
});

test('what is on the machine’s own addresses is nobody’s to reach through a service', async () => {
  await kubectl.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'inward' }, spec: { ports: [{ port: 80 }] } });
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    metadata: { name: 'inward', labels: { 'kubernetes.io/service-name': 'inward' } },
    endpoints: [{ addresses: ['127.0.0.1'] }],
    ports: [{ port: 10250 }],
  };
  const made = await kubectl(['create', '-f', '-'], { stdin: JSON.stringify(slice), anyCode: true });
  await eventually(async () => {
    const answer = await kubectl.failure(['get', '--raw', `/api/v1/namespaces/${namespace}/services/inward/proxy/`]);
    assert.match(made.code === 0 ? answer : made.stderr, /address not allowed|may not be in the loopback range|must be/);
  });
});

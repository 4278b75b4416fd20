import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { httpGet } from '../../support/http-get.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('proxy');
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
    `http://${address}/api/v1/namespaces/${namespace}/configmaps?watch=1&fieldSelector=metadata.name%3Dseen&timeoutSeconds=20`,
  );
  const reader = watch.body!.getReader();
  await kubectl(['create', 'configmap', 'seen']);
  const { value } = (await reader.read()) as { value: Uint8Array };
  assert.match(Buffer.from(value).toString(), /^\{"type":"ADDED","object":\{[^]*"name":"seen"/);
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

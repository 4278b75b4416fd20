import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { httpGet } from '../../support/http-get.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { webController, webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl } = await useNamespace('forward');

before(async () => {
  await kubectl.create(webPod('web', { token: 'forwarded' }));
  await kubectl.create(webController('many', 1, { token: 'service' }));
  await kubectl(['expose', 'rc', 'many', '--port=80', '--target-port=8080']);
  await kubectl(['wait', '--for=condition=Ready', 'pod/web', IN_TIME]);
  await kubectl(['wait', '--for=jsonpath={.status.readyReplicas}=1', 'rc/many', IN_TIME]);
});

test('requests pass through a port-forward to a pod, many at once', async () => {
  await using forward = kubectl.start(['port-forward', 'pod/web', ':8080']);
  const [, port] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+) -> 8080/);
  assert.equal(await httpGet(`http://127.0.0.1:${port}/`), 'web-a web forwarded\n');
  const answers = await Promise.all(Array.from({ length: 10 }, () => httpGet(`http://127.0.0.1:${port}/`)));
  assert.deepEqual(new Set(answers), new Set(['web-a web forwarded\n']));
});

test('and over SPDY, as older clients do', async () => {
  const env = { KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' };
  await using forward = kubectl.start(['port-forward', '-v=6', 'pod/web', ':8080'], { env });
  const [, port] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+) -> 8080/);
  const answers = await Promise.all(Array.from({ length: 10 }, () => httpGet(`http://127.0.0.1:${port}/`)));
  assert.deepEqual(new Set(answers), new Set(['web-a web forwarded\n']));
  assert.match(forward.output(), /POST\S* \S+\/pods\/web\/portforward/);
});

test('a service is forwarded to one of its pods', async () => {
  await using forward = kubectl.start(['port-forward', 'service/many', ':80']);
  const [, port] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+) -> 8080/);
  assert.match(await httpGet(`http://127.0.0.1:${port}/`), /^web-a many-\w{5} service\n$/);
});

test('several ports, by name too, on an address of choice, of a controller’s pod', async () => {
  await using forward = kubectl.start(['port-forward', 'rc/many', ':http', ':8080', '--address=127.0.0.2']);
  const [, first, second] = await forward.until(/127\.0\.0\.2:(\d+) -> 8080[^]*127\.0\.0\.2:(\d+) -> 8080/);
  for (const port of [first, second]) assert.match(await httpGet(`http://127.0.0.2:${port}/`), /^web-a many-\w{5} service\n$/);
  assert.match(await kubectl.failure(['port-forward', 'pod/web', ':nope']), /Pod 'web' does not have a named port 'nope'/);
});

test('a port that nobody listens on is reported, and the forward stays', async () => {
  await using forward = kubectl.start(['port-forward', 'pod/web', ':8081']);
  const [, port] = await forward.until(/Forwarding from 127\.0\.0\.1:(\d+) -> 8081/);
  await assert.rejects(httpGet(`http://127.0.0.1:${port}/`));
  await forward.until(/error forwarding port 8081 to pod/i);
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { httpGet } from '../../support/http-get.ts';
import { WEB_A, WEB_B } from '../../support/images.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { examplePath, exampleText, scriptPod, webController, webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

// What a person does first, in the order in which the README tells it.

const { kubectl, nodeName, nodeAddress, namespace } = await useNamespace('first');
const token = randomBytes(8).toString('hex');

/** Asks until every one of these pods has answered with the token. */
async function answersFromAll(ask: () => Promise<string>, pods: readonly string[]): Promise<void> {
  const waiting = new Set(pods);
  await eventually(
    async () => {
      const answer = await ask();
      assert.ok(answer.includes(token), `no token ${token} in ${answer}`);
      for (const pod of waiting) if (answer.includes(pod)) waiting.delete(pod);
      assert.deepEqual([...waiting], [], 'these pods have not answered');
    },
    { timeout: 20_000 },
  );
}

test('the node is Ready', async () => {
  const [header, row] = (await kubectl.text('get', 'nodes', nodeName)).split('\n');
  assert.match(header!, /^NAME +STATUS +ROLES +AGE +VERSION$/);
  assert.match(row!, new RegExp(`^${nodeName} +Ready +\\S+ +\\d+\\S* +v1\\.\\d+`));
});

test('the examples are created from their files', async () => {
  assert.equal(await kubectl.text('create', '-f', examplePath('pod.yaml')), 'pod/hello-openshift created');
  assert.equal(await kubectl.create(exampleText('replication-controller.yaml', token)), 'replicationcontroller/hello created\n');
  assert.equal(await kubectl.text('create', '-f', examplePath('service.yaml')), 'service/hello created');
  await kubectl(['wait', '--for=condition=Ready', 'pod/hello-openshift', IN_TIME]);
  await eventually(
    async () => assert.equal(await kubectl.text('get', 'rc', 'hello', '-o', 'jsonpath={.status.readyReplicas}'), '3'),
    {
      timeout: 30_000,
    },
  );
});

test('cluster IP, DNS name and node port answer with the token, from all three pods in turn', async () => {
  const pods = (await kubectl.text('get', 'pods', '-l', 'app=hello', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
  assert.equal(pods.length, 3);
  const service = await kubectl.json('get', 'service', 'hello');
  const [port] = service['spec'].ports as { nodePort: number }[];

  await answersFromAll(() => httpGet(`http://${service['spec'].clusterIP}/`), pods);
  await answersFromAll(() => httpGet(`http://${nodeAddress}:${port!.nodePort}/`), pods);
  for (const name of ['hello', `hello.${namespace}`, `hello.${namespace}.svc.cluster.local`]) {
    // Several times in one session: each is a while on its way, and which pod answers is left to chance.
    const script = `for i in 1 2 3 4 5 6 7 8 9 10; do wget -qO- http://${name}/ || exit; done`;
    await answersFromAll(() => kubectl.text('exec', 'hello-openshift', '--', 'sh', '-c', script), pods);
  }
});

test('two images of our own behind one service, each answers', async () => {
  await kubectl.create(webController('mixed', 2, { image: WEB_A, token, labels: { site: 'mixed' } }));
  await kubectl.create(webPod('other', { image: WEB_B, token, labels: { site: 'mixed' } }));
  await kubectl.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'mixed' },
    spec: { selector: { site: 'mixed' }, ports: [{ port: 80, targetPort: 'http' }] },
  });
  await kubectl(['wait', '--for=condition=Ready', 'pod/other', IN_TIME]);
  await kubectl(['wait', '--for=jsonpath={.status.readyReplicas}=2', 'rc/mixed', IN_TIME]);
  const ip = await kubectl.text('get', 'service', 'mixed', '-o', 'jsonpath={.spec.clusterIP}');
  await answersFromAll(() => httpGet(`http://${ip}/`), ['web-a', 'web-b']);
});

test('a pod reads its configuration from environment and files', async () => {
  await kubectl.create(exampleText('configuration.yaml', token));
  await kubectl(['wait', '--for=condition=Ready', 'pod/configured', IN_TIME]);
  const script = 'echo $GREETING; cat /etc/app/settings.conf; echo $TOKEN; cat /etc/app-secret/token';
  const lines = (await kubectl.text('exec', 'configured', '--', 'sh', '-c', script)).split('\n');
  // The secret's file too, which only its group may read: the image does not run as root.
  assert.deepEqual(lines, ['hello', 'colour = red', token, token]);
});

test('a pod reaches the API by its service name with its own token', async () => {
  const script = [
    'dir=/var/run/secrets/kubernetes.io/serviceaccount',
    'test -s $dir/token && test -s $dir/ca.crt && cat $dir/namespace && echo',
    'echo $KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT',
    'nslookup kubernetes.default.svc.cluster.local | grep -c "Address.*$KUBERNETES_SERVICE_HOST"',
  ].join('; ');
  await kubectl.create(scriptPod('caller', script));
  await kubectl(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/caller', IN_TIME]);
  const [name, address, found] = (await kubectl.text('logs', 'caller')).split('\n');
  assert.equal(name, namespace);
  assert.match(address!, /^172\.\d+\.\d+\.1:443$/);
  assert.ok(Number(found) > 0, 'the name of the API does not resolve to its cluster IP');
});

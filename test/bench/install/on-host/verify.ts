import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

// Runs on the server by itself: ends well when the API and the node are ready and, for `pod`, a pod has answered and is gone again. What
// oo-install's own last phase asks for, in the words of somebody who has only Node and the kubeconfig.

const PATIENCE = 120_000;
const PODS = '/api/v1/namespaces/kube-system/pods';
const NAME = 'by-hand-trial';

function call(method: string, path: string, body?: object): Promise<{ status: number; body: string }> {
  const kubeconfig = readFileSync('/etc/openshift/admin.kubeconfig', 'utf8');
  const data = (field: string): Buffer =>
    Buffer.from(new RegExp(`${field}-data: ['"]?([A-Za-z0-9+/=]+)`).exec(kubeconfig)![1]!, 'base64');
  const tls = { ca: data('certificate-authority'), cert: data('client-certificate'), key: data('client-key') };
  return new Promise((resolve, reject) => {
    const options = { method, host: '127.0.0.1', port: 8443, path, ...tls, headers: { 'content-type': 'application/json' } };
    const asking = request(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode!, body: text }));
    });
    asking.on('error', reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function healthy(): Promise<boolean> {
  if ((await call('GET', '/readyz')).status !== 200) return false;
  const { items } = JSON.parse((await call('GET', '/api/v1/nodes')).body) as {
    items: { status: { conditions?: { type: string; status: string }[] } }[];
  };
  return items.some(({ status }) => status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'));
}

async function podAnswers(token: string): Promise<boolean> {
  const found = await call('GET', `${PODS}/${NAME}`);
  if (found.status === 404) {
    const container = { name: 'hello', image: 'openshift/hello-openshift:latest', imagePullPolicy: 'IfNotPresent' };
    const spec = { restartPolicy: 'Never', terminationGracePeriodSeconds: 0, automountServiceAccountToken: false };
    const containers = [{ ...container, env: [{ name: 'TOKEN', value: token }] }];
    await call('POST', PODS, { apiVersion: 'v1', kind: 'Pod', metadata: { name: NAME }, spec: { ...spec, containers } });
    return false;
  }
  const { status } = JSON.parse(found.body) as { status: { phase?: string; podIP?: string } };
  if (status.phase !== 'Running' || status.podIP === undefined) return false;
  return (await (await fetch(`http://${status.podIP}:8080/`)).text()).includes(`token=${token}`);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + PATIENCE; performance.now() < deadline; await delay(50)) {
    if (await condition().catch(() => false)) return;
  }
  throw new Error('the platform did not become ready in time');
}

await until(healthy);
if (process.argv[2] === 'pod') {
  const token = randomBytes(8).toString('hex');
  await until(() => podAnswers(token));
  await call('DELETE', `${PODS}/${NAME}`);
  await until(async () => (await call('GET', `${PODS}/${NAME}`)).status === 404);
}

import { request } from 'node:http';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import type { Kubectl } from '../../support/kubectl.ts';

const CONFIG = `defaults
  mode http
  timeout client 30s
frontend all
  bind :8080
  http-request return status 200 content-type text/plain string ok
`;

/** The pod's part that runs HAProxy on what config map `conf` or secret `conf` mounts. */
export const haproxyContainer = (image: string): object => ({
  name: 'haproxy',
  image,
  imagePullPolicy: 'IfNotPresent',
  command: ['/usr/sbin/haproxy', '-db', '-f', '/conf/haproxy.cfg'],
  volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
});

/** Two pods that answer `ok`, and their service; answers the pods' addresses. */
export async function application(kubectl: Kubectl, image: string): Promise<string[]> {
  const labels = { app: 'bench' };
  await kubectl.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bench' }, data: { 'haproxy.cfg': CONFIG } });
  await kubectl.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'bench' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [haproxyContainer(image)], volumes: [{ name: 'conf', configMap: { name: 'bench' } }] },
      },
    },
  });
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'bench' },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
  });
  await kubectl(['rollout', 'status', 'deployment/bench', '--timeout=60s']);
  return (await kubectl.text('get', 'pods', '-l', 'app=bench', '-o', 'jsonpath={.items[*].status.podIP}')).split(' ');
}

/** Routes to it. */
export const routed = {
  ref: { group: 'route.openshift.io', version: 'v1', resource: 'routes', namespace: 'default' },
  object: (name: string, host: string, more: object = {}): KubeObject => ({
    apiVersion: 'route.openshift.io/v1',
    kind: 'Route',
    metadata: { name },
    spec: { host, to: { kind: 'Service', name: 'bench' }, ...more },
  }),
};

/** Asks again and again, without a pause, until the answer is 200. */
export async function untilServed(port: number, host: string): Promise<void> {
  const deadline = performance.now() + 30_000;
  while ((await codeOf(port, host)) !== 200)
    if (performance.now() > deadline) throw new Error(`${host} is not served on ${port}`);
}

const codeOf = (port: number, host: string): Promise<number> =>
  new Promise((resolve) => {
    request({ host: '127.0.0.1', port, headers: { host }, agent: false, timeout: 5_000 }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode!));
    })
      .once('error', () => resolve(0))
      .end();
  });

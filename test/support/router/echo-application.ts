import type { KeyPair } from '../../../lib/platform/pki/authority.ts';
import type { Kubectl } from '../kubectl.ts';

/** A deployment and a service of that name. */
export interface EchoApplication {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** The router's: it has an HAProxy. */
  readonly image: string;
  /** What pods show themselves with. */
  readonly pair: KeyPair;
}

/** Pods that say who they are and what they were told, on 8080, and with encryption on 8443. */
export async function startEcho(kubectl: Kubectl, { image, pair, namespace, name, replicas }: EchoApplication): Promise<void> {
  const config = `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend all
  bind :8080
  bind :8443 ssl crt /conf/tls.pem
  http-request return status 200 content-type text/plain lf-string "${name} %[env(POD)] for=%[req.hdr(x-forwarded-for)] proto=%[req.hdr(x-forwarded-proto)] port=%[req.hdr(x-forwarded-port)] tls=%[ssl_fc] path=%[path]\\n"
`;
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: `${name}-conf`, namespace },
    stringData: { 'haproxy.cfg': config, 'tls.pem': `${pair.certPem}${pair.keyPem}` },
  });
  await kubectl.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 60,
          containers: [
            {
              name: 'web',
              image,
              imagePullPolicy: 'IfNotPresent',
              command: ['/usr/sbin/haproxy', '-db', '-f', '/conf/haproxy.cfg'],
              env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
              lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'sleep 25'] } } },
              readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, timeoutSeconds: 10 },
              volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
            },
          ],
          volumes: [{ name: 'conf', secret: { secretName: `${name}-conf` } }],
        },
      },
    },
  });
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      selector: { app: name },
      ports: [
        { name: 'http', port: 80, targetPort: 8080 },
        { name: 'https', port: 443, targetPort: 8443 },
      ],
    },
  });
  await kubectl(['rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=200s']);
}

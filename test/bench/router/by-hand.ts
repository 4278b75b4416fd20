import type { KeyPair } from '../../../lib/platform/pki/authority.ts';
import type { Kubectl } from '../../support/kubectl.ts';
import { haproxyContainer } from './application.ts';

/** Of this machine. */
export const HAND_PORTS = { httpPort: 28_084, httpsPort: 28_447 };

/** HAProxy in a pod with host ports, as somebody would write its configuration for one application. */
export async function byHand(kubectl: Kubectl, image: string, addresses: readonly string[], pair: KeyPair): Promise<void> {
  const config = `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend all
  bind :8080
  bind :8443 ssl crt /conf/tls.pem
  default_backend bench
backend bench
  balance leastconn
${addresses.map((address, i) => `  server s${i} ${address}:8080`).join('\n')}
`;
  const stringData = { 'haproxy.cfg': config, 'tls.pem': `${pair.certPem}${pair.keyPem}` };
  await kubectl.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'by-hand' }, stringData });
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'by-hand' },
    spec: {
      containers: [
        {
          ...haproxyContainer(image),
          ports: [
            { containerPort: 8080, hostPort: HAND_PORTS.httpPort },
            { containerPort: 8443, hostPort: HAND_PORTS.httpsPort },
          ],
        },
      ],
      volumes: [{ name: 'conf', secret: { secretName: 'by-hand' } }],
    },
  });
  await kubectl(['wait', '--for=condition=Ready', 'pod/by-hand', '--timeout=60s']);
}

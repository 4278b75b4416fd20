import type { KubeObject } from '../api/meta.ts';
import {
  CONFIG_FILE,
  HEALTH_PORT,
  HTTP_PORT,
  HTTPS_PORT,
  MASTER_SOCKET,
  MOUNT,
  ROUTER_NAME,
  ROUTER_NAMESPACE,
  type RouterSettings,
  RUN_DIR,
} from './router-settings.ts';

const LABELS = { router: 'router' };
const USER = 1001;

const meta = (): KubeObject['metadata'] => ({ name: ROUTER_NAME, namespace: ROUTER_NAMESPACE, labels: LABELS });

export const routerAccount = (): KubeObject => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta() });

/** HAProxy waits for its first configuration; what else it is told comes by its master's socket. The text is constant. */
const START = [
  `until [ -s ${MOUNT}/${CONFIG_FILE} ]; do sleep 0.2; done`,
  `exec /usr/sbin/haproxy -W -db -S ${MOUNT}/${RUN_DIR}/${MASTER_SOCKET},mode,660 -f ${MOUNT}/${CONFIG_FILE}`,
].join('\n');

/** HAProxy on this machine's ports. It has no token: the daemon is its eyes. */
export function routerDeployment({ image, nodeName, folder, httpPort, httpsPort }: RouterSettings): KubeObject {
  const probe = { httpGet: { path: '/healthz', port: HEALTH_PORT } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(),
    spec: {
      replicas: 1,
      // Two cannot have the same port of a machine.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          nodeSelector: { 'kubernetes.io/hostname': nodeName },
          serviceAccountName: ROUTER_NAME,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          priorityClassName: 'system-cluster-critical',
          securityContext: { runAsUser: USER, runAsGroup: 0, runAsNonRoot: true },
          terminationGracePeriodSeconds: 30,
          containers: [
            {
              name: 'router',
              image,
              imagePullPolicy: 'IfNotPresent',
              command: ['/usr/bin/catatonit', '--', '/bin/sh', '-c', START],
              // HAProxy ends what has begun before it ends itself.
              lifecycle: {
                preStop: { exec: { command: ['/bin/sh', '-c', 'kill -USR1 $(pidof haproxy) 2>/dev/null; sleep 2'] } },
              },
              ports: [
                { name: 'http', containerPort: HTTP_PORT, hostPort: httpPort, protocol: 'TCP' },
                { name: 'https', containerPort: HTTPS_PORT, hostPort: httpsPort, protocol: 'TCP' },
                { name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' },
              ],
              readinessProbe: { ...probe, periodSeconds: 2, timeoutSeconds: 2 },
              livenessProbe: { ...probe, initialDelaySeconds: 10, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
              resources: { requests: { cpu: '50m', memory: '64Mi' } },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
              volumeMounts: [
                { name: 'router', mountPath: MOUNT, readOnly: true },
                { name: 'run', mountPath: `${MOUNT}/${RUN_DIR}` },
              ],
            },
          ],
          volumes: [
            { name: 'router', hostPath: { path: folder, type: 'Directory' } },
            { name: 'run', hostPath: { path: `${folder}/${RUN_DIR}`, type: 'Directory' } },
          ],
        },
      },
    },
  };
}

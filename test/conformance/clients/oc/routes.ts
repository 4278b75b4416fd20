import type { WireFlow } from '../../../support/oc/wire-flow.ts';

const of = (project: string, resource = ''): string => `/apis/route.openshift.io/v1/namespaces/${project}/routes${resource}`;

/** Of the service that new-app made. */
export const expose = (project: string): WireFlow => ({
  command: 'oc expose svc/site',
  steps: [
    {
      call: `GET /api/v1/namespaces/${project}/services/site`,
      membersOnly: true,
      status: 200,
      reads: { kind: 'Service', spec: { ports: [{ name: '8080-tcp', protocol: 'TCP' }] } },
    },
    {
      call: `POST ${of(project)}?fieldManager=kubectl-expose`,
      json: {
        kind: 'Route',
        apiVersion: 'route.openshift.io/v1',
        metadata: { name: 'site', creationTimestamp: null, labels: { app: 'site' } },
        spec: { host: '', to: { kind: '', name: 'site', weight: null }, port: { targetPort: '8080-tcp' } },
        status: { ingress: null },
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'Route', spec: { to: { kind: 'Service', name: 'site', weight: 100 }, wildcardPolicy: 'None' } },
    },
    {
      call: `GET ${of(project)}?limit=500`,
      accept: 'table',
      membersOnly: true,
      status: 200,
      reads: {
        kind: 'Table',
        columnDefinitions: ['Name', 'Host/Port', 'Path', 'Services', 'Port', 'Termination', 'Wildcard'].map((name) => ({ name })),
      },
    },
    { call: `DELETE ${of(project, '/site')}`, json: { propagationPolicy: 'Background' }, membersOnly: true, status: 200 },
  ],
});

import type { WireFlow } from '../../../support/wire/wire-flow.ts';

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
  ],
});

/** A deployment config's ports become those of a service. */
export const exposeConfig = (project: string): WireFlow => ({
  command: 'oc expose dc/site --name=front --port=8080',
  steps: [
    {
      call: `GET /apis/apps.openshift.io/v1/namespaces/${project}/deploymentconfigs/site`,
      membersOnly: true,
      status: 200,
      reads: { spec: { selector: { deploymentconfig: 'site' } } },
    },
    {
      call: `POST /api/v1/namespaces/${project}/services?fieldManager=kubectl-expose`,
      json: {
        kind: 'Service',
        apiVersion: 'v1',
        metadata: { name: 'front', creationTimestamp: null, labels: { app: 'site' } },
        spec: { ports: [{ protocol: 'TCP', port: 8080, targetPort: 8080 }], selector: { deploymentconfig: 'site' } },
        status: { loadBalancer: {} },
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'Service', spec: { type: 'ClusterIP', selector: { deploymentconfig: 'site' } } },
      check: ({ object }) => object.spec.clusterIP !== '',
    },
  ],
});

export const deleteRoute = (project: string): WireFlow => ({
  command: 'oc delete route site',
  steps: [{ call: `DELETE ${of(project, '/site')}`, json: { propagationPolicy: 'Background' }, membersOnly: true, status: 200 }],
});

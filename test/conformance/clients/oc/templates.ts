import type { WireFlow } from '../../../support/wire/wire-flow.ts';

const of = (project: string, resource: string): string => `/apis/template.openshift.io/v1/namespaces/${project}/${resource}`;

const template = (value?: string): object => ({
  kind: 'Template',
  apiVersion: 'template.openshift.io/v1',
  metadata: { name: 'stall', creationTimestamp: null },
  labels: { app: 'stall' },
  parameters: [
    { name: 'NAME', required: true, ...(value === undefined ? {} : { value }) },
    { name: 'PASSWORD', generate: 'expression', from: '[a-zA-Z0-9]{16}' },
    { name: 'REPLICAS', value: '2' },
  ],
  objects: [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: '${NAME}' }, stringData: { password: '${PASSWORD}' } },
    {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: '${NAME}' },
      spec: { replicas: '${{REPLICAS}}', selector: { app: 'stall' } },
    },
  ],
});

export const createTemplate = (project: string): WireFlow => ({
  command: 'oc create -f template.json',
  steps: [
    {
      call: 'GET /apis',
      accept: 'discovery',
      status: 200,
      // Of two resources of one kind the last one is taken.
      check: ({ object }) => {
        const group = object.items.find(
          ({ metadata }: { metadata: { name: string } }) => metadata.name === 'template.openshift.io',
        );
        const names = group.versions[0].resources.map(({ resource }: { resource: string }) => resource) as string[];
        return names.indexOf('templates') > names.indexOf('processedtemplates');
      },
    },
    {
      call: `POST ${of(project, 'templates')}?fieldManager=kubectl-create&fieldValidation=Ignore`,
      json: template(),
      membersOnly: true,
      status: 201,
      reads: { kind: 'Template', metadata: { name: 'stall' } },
    },
  ],
});

export const process = (project: string): WireFlow => ({
  command: 'oc process stall -p NAME=mine | oc create -f -',
  steps: [
    {
      call: `GET ${of(project, 'templates/stall')}`,
      membersOnly: true,
      status: 200,
      reads: { parameters: [{ name: 'NAME', required: true }] },
    },
    {
      call: `POST ${of(project, 'processedtemplates')}`,
      json: template(),
      status: 422,
      reads: { kind: 'Status', reason: 'Invalid', details: { causes: [{ reason: 'FieldValueRequired' }] } },
    },
    {
      call: `POST ${of(project, 'processedtemplates')}`,
      json: template('mine'),
      membersOnly: true,
      status: 201,
      reads: {
        kind: 'Template',
        objects: [
          { kind: 'Secret', metadata: { name: 'mine', labels: { app: 'stall' } } },
          { kind: 'ReplicationController', spec: { replicas: 2 } },
        ],
      },
      check: ({ object }) => /^[a-zA-Z0-9]{16}$/.test(object.objects[0].stringData.password),
      keep: ({ object }) => ({ secret: object.objects[0] }),
    },
    ({ secret }) => ({
      call: `POST /api/v1/namespaces/${project}/secrets?fieldManager=kubectl-create&fieldValidation=Ignore`,
      json: secret,
      membersOnly: true,
      status: 201,
      reads: { kind: 'Secret', metadata: { name: 'mine' } },
    }),
  ],
});

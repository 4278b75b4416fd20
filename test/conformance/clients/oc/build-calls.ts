import type { WireStep } from '../../../support/wire/wire-flow.ts';

/** Where builds and their configs are: `buildconfigs/site/instantiate`. */
export const buildPath = (project: string, resource: string): string =>
  `/apis/build.openshift.io/v1/namespaces/${project}/${resource}`;

/** What new-build makes first: the stream that takes what is built. */
export const newOutputStream = (project: string, name: string): WireStep => ({
  call: `POST /apis/image.openshift.io/v1/namespaces/${project}/imagestreams`,
  json: {
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    metadata: { name, creationTimestamp: null, labels: { build: name } },
    spec: { lookupPolicy: { local: false } },
    status: { dockerImageRepository: '' },
  },
  membersOnly: true,
  status: 201,
});

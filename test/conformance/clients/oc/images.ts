import type { WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';

const IMAGE = { kind: 'DockerImage', name: 'registry.invalid/ruby:3' };
/** Of the image that is there. */
export const DIGEST = `sha256:${'a'.repeat(64)}`;
const of = (project: string, resource: string): string => `/apis/image.openshift.io/v1/namespaces/${project}/${resource}`;

/** What the registry tells of an image that was pushed: there is none here that could be pulled. */
export const push = (project: string): WireFlow => ({
  command: 'an image is pushed',
  steps: [
    {
      call: `POST ${of(project, 'imagestreams')}`,
      json: { kind: 'ImageStream', apiVersion: 'image.openshift.io/v1', metadata: { name: 'ruby' } },
      membersOnly: true,
      status: 201,
    },
    {
      call: `POST ${of(project, 'imagestreammappings')}`,
      json: {
        kind: 'ImageStreamMapping',
        apiVersion: 'image.openshift.io/v1',
        metadata: { name: 'ruby', namespace: project },
        tag: '3',
        image: {
          metadata: { name: DIGEST },
          dockerImageReference: `registry.invalid/ruby@${DIGEST}`,
          dockerImageMetadata: {
            kind: 'DockerImage',
            apiVersion: 'image.openshift.io/1.0',
            Config: {
              ExposedPorts: { '8080/tcp': {} },
              Env: ['HOME=/opt'],
              Labels: { 'io.openshift.expose-services': '8080:http' },
            },
          },
        },
      },
      membersOnly: true,
      status: 201,
    },
  ],
});

/** What new-app reads of a stream before it writes anything. */
export const inspectStream = (project: string): WireFlow => ({
  command: 'oc new-app ruby:3 (search)',
  steps: [
    {
      call: `GET ${of(project, 'imagestreams')}`,
      membersOnly: true,
      status: 200,
      reads: { kind: 'ImageStreamList', items: [{ metadata: { name: 'ruby' }, status: { tags: [{ tag: '3' }] } }] },
    },
    { call: `GET ${of('openshift', 'imagestreams')}`, status: 200, reads: { kind: 'ImageStreamList' } },
    {
      call: `GET ${of(project, `imagestreamimages/ruby@${DIGEST}`)}`,
      membersOnly: true,
      status: 200,
      reads: {
        kind: 'ImageStreamImage',
        image: { dockerImageMetadata: { Config: { ExposedPorts: { '8080/tcp': {} }, Env: ['HOME=/opt'] } } },
      },
    },
    {
      call: `GET ${of(project, 'imagestreamtags/ruby:3')}`,
      membersOnly: true,
      status: 200,
      reads: {
        kind: 'ImageStreamTag',
        image: { metadata: { name: DIGEST }, dockerImageMetadata: { Config: { ExposedPorts: { '8080/tcp': {} } } } },
      },
    },
    {
      call: `GET ${of(project, 'imagestreamtags/ruby:9')}`,
      status: 404,
      reads: {
        kind: 'Status',
        reason: 'NotFound',
        details: { group: 'image.openshift.io', kind: 'imagestreamtags', name: 'ruby:9' },
      },
    },
  ],
});

/** An image that nobody has: what is wrong with it is told in the answer, which is a success. */
export const importAbsent = (project: string): WireFlow => ({
  command: 'oc new-app --image=registry.invalid/ruby:3',
  steps: [
    {
      call: `POST ${of(project, 'imagestreamimports')}`,
      json: {
        kind: 'ImageStreamImport',
        apiVersion: 'image.openshift.io/v1',
        metadata: { name: 'newapp', creationTimestamp: null },
        spec: {
          import: false,
          images: [{ from: IMAGE, importPolicy: { insecure: true }, referencePolicy: { type: '' } }],
        },
        status: {},
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'ImageStreamImport', status: { images: [{ status: { status: 'Failure' } }] } },
      check: ({ object }) => object.status.import === undefined && object.status.images[0].status.message !== '',
    },
    { call: `GET ${of(project, 'imagestreams/newapp')}`, status: 404, reads: { reason: 'NotFound' } },
  ],
});

export const tag = (project: string): WireFlow => ({
  command: 'oc tag ruby:3 copy:stable; oc tag --source=docker registry.invalid/ruby:3 copy:later; oc tag -d copy:later',
  steps: [
    { call: `GET ${of(project, 'imagestreamtags/ruby:3')}`, status: 200, reads: { image: { metadata: { name: DIGEST } } } },
    {
      call: `PUT ${of(project, 'imagestreamtags/copy:stable')}`,
      json: {
        kind: 'ImageStreamTag',
        apiVersion: 'image.openshift.io/v1',
        metadata: { name: 'copy:stable', namespace: project, creationTimestamp: null },
        tag: {
          name: 'stable',
          annotations: null,
          from: { kind: 'ImageStreamImage', namespace: project, name: `ruby@${DIGEST}` },
          generation: 0,
          importPolicy: {},
          referencePolicy: { type: 'Source' },
        },
        generation: 0,
        lookupPolicy: { local: false },
        image: { metadata: { creationTimestamp: null }, dockerImageMetadata: null, dockerImageLayers: null },
      },
      membersOnly: true,
      // The stream was not there.
      status: 201,
      reads: { kind: 'ImageStreamTag', metadata: { name: 'copy:stable' }, tag: { referencePolicy: { type: 'Source' } } },
    },
    {
      call: `GET ${of(project, 'imagestreamtags/copy:stable')}`,
      poll: true,
      status: 200,
      reads: { image: { metadata: { name: DIGEST } } },
    },
    {
      call: `PUT ${of(project, 'imagestreamtags/copy:later')}`,
      json: {
        kind: 'ImageStreamTag',
        apiVersion: 'image.openshift.io/v1',
        metadata: { name: 'copy:later', namespace: project, creationTimestamp: null },
        tag: {
          name: 'later',
          annotations: null,
          from: IMAGE,
          generation: 0,
          importPolicy: {},
          referencePolicy: { type: 'Source' },
        },
      },
      status: 201,
      reads: { tag: { name: 'later', from: IMAGE } },
    },
    {
      call: `GET ${of(project, 'imagestreams/copy')}`,
      membersOnly: true,
      status: 200,
      check: ({ object }) => object.spec.tags.map(({ name }: { name: string }) => name).join() === 'stable,later',
    },
    {
      call: `DELETE ${of(project, 'imagestreamtags/copy:later')}`,
      membersOnly: true,
      status: 200,
      reads: { kind: 'Status', status: 'Success' },
    },
    {
      call: `GET ${of(project, 'imagestreams/copy')}`,
      status: 200,
      check: ({ object }) => object.spec.tags.length === 1,
    },
  ],
});

export const getStreams = (project: string): WireFlow => ({
  command: 'oc get imagestreams',
  steps: [
    {
      call: `GET ${of(project, 'imagestreams')}?limit=500`,
      accept: 'table',
      membersOnly: true,
      status: 200,
      reads: {
        kind: 'Table',
        columnDefinitions: [{ name: 'Name' }, { name: 'Image Repository' }, { name: 'Tags' }, { name: 'Updated' }],
      },
    },
  ],
});

/** Of a registry that does not answer: the stream is there afterwards, and says what was wrong. */
export const importImage = (project: string): WireFlow => ({
  command: 'oc import-image later:1 --from=registry.invalid/ruby:3 --confirm; oc import-image later:1',
  steps: [
    { call: `GET ${of(project, 'imagestreams/later')}`, membersOnly: true, status: 404, reads: { reason: 'NotFound' } },
    importOf(project),
    {
      call: `GET ${of(project, 'imagestreams/later')}`,
      membersOnly: true,
      status: 200,
      reads: { spec: { tags: [{ name: '1', from: IMAGE }] } },
      keep: ({ object }) => ({ version: object.metadata.resourceVersion }),
    },
    ({ version }) => importOf(project, version),
  ],
});

const importOf = (project: string, resourceVersion?: string): WireStep => ({
  call: `POST ${of(project, 'imagestreamimports')}`,
  json: {
    kind: 'ImageStreamImport',
    apiVersion: 'image.openshift.io/v1',
    metadata: {
      name: 'later',
      namespace: project,
      creationTimestamp: null,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: {
      import: true,
      images: [{ from: IMAGE, to: { name: '1' }, importPolicy: {}, referencePolicy: { type: '' } }],
    },
    status: {},
  },
  membersOnly: true,
  status: 201,
  reads: {
    status: {
      import: {
        metadata: { name: 'later' },
        status: { tags: [{ tag: '1', conditions: [{ type: 'ImportSuccess', status: 'False' }] }] },
      },
      images: [{ status: { status: 'Failure' } }],
    },
  },
});

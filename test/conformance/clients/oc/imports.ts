import type { Kept, WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';

const of = (project: string, resource: string): string => `/apis/image.openshift.io/v1/namespaces/${project}/${resource}`;

/** What oc asks the server to import: one tag of a registry, or with `all` each that the repository has. */
interface Import {
  readonly project: string;
  readonly stream: string;
  /** `REGISTRY/PROJECT/NAME`, with a tag unless `all`. */
  readonly from: string;
  readonly all?: boolean;
  /** Of a stream that was there. */
  readonly resourceVersion?: string;
}

const importOf = ({ project, stream, from, all = false, resourceVersion }: Import): WireStep => {
  const policies = { importPolicy: {}, referencePolicy: { type: '' } };
  const image = { kind: 'DockerImage', name: from };
  return {
    call: `POST ${of(project, 'imagestreamimports')}`,
    json: {
      kind: 'ImageStreamImport',
      apiVersion: 'image.openshift.io/v1',
      metadata: {
        name: stream,
        namespace: project,
        creationTimestamp: null,
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      spec: all
        ? { import: true, repository: { from: image, ...policies } }
        : { import: true, images: [{ from: image, to: { name: 'latest' }, ...policies }] },
      status: {},
    },
    membersOnly: true,
    status: 201,
  };
};

const STREAM = { kind: 'ImageStream', apiVersion: 'image.openshift.io/v1' };
const SUCCESS = { status: { status: 'Success' } };

/** Where the registry keeps a stream's images, kept as `repository`. */
const findRepository = (project: string, stream: string): WireStep => ({
  call: `GET ${of(project, `imagestreams/${stream}`)}`,
  membersOnly: true,
  status: 200,
  keep: ({ object }) => ({ repository: object.status.dockerImageRepository }),
});

/** Of an image that is there: the stream has it, and what it is made of. */
export const importImage = (project: string, source: string): WireFlow => ({
  command: 'oc import-image copy --from=REGISTRY/PROJECT/NAME:latest --confirm; oc import-image copy',
  steps: [
    findRepository(project, source),
    { call: `GET ${of(project, 'imagestreams/copy')}`, membersOnly: true, status: 404, reads: { reason: 'NotFound' } },
    ({ repository }) => imported({ project, stream: 'copy', from: `${repository}:latest` }),
    {
      call: `GET ${of(project, 'imagestreams/copy')}`,
      membersOnly: true,
      status: 200,
      keep: ({ object }) => ({ version: object.metadata.resourceVersion }),
    },
    ({ repository, version }) => imported({ project, stream: 'copy', from: `${repository}:latest`, resourceVersion: version }),
    ({ digest }) => ({
      call: `GET ${of(project, 'imagestreamtags/copy:latest')}`,
      membersOnly: true,
      status: 200,
      reads: { image: { metadata: { name: digest } } },
      check: ({ object }) => object.image.dockerImageMetadata.Config.Cmd.length > 0 && object.image.dockerImageLayers.length > 0,
    }),
  ],
});

const imported = (asked: Import): WireStep => ({
  ...importOf(asked),
  reads: {
    kind: 'ImageStreamImport',
    status: {
      import: { ...STREAM, metadata: { name: asked.stream }, spec: { tags: [{ name: 'latest', from: { name: asked.from } }] } },
      images: [{ ...SUCCESS, tag: 'latest' }],
    },
  },
  check: ({ object: { status } }) =>
    status.import.metadata.annotations['openshift.io/image.dockerRepositoryCheck'] !== undefined &&
    // The same image is not told twice.
    status.import.status.tags[0].items.length === 1 &&
    status.import.status.tags[0].items[0].image === status.images[0].image.metadata.name,
  keep: ({ object }): Kept => ({ digest: object.status.images[0].image.metadata.name }),
});

/** Every tag of a repository. */
export const importRepository = (project: string, source: string): WireFlow => ({
  command: 'oc import-image copies --from=REGISTRY/PROJECT/NAME --all --confirm',
  steps: [
    findRepository(project, source),
    { call: `GET ${of(project, 'imagestreams/copies')}`, membersOnly: true, status: 404, reads: { reason: 'NotFound' } },
    ({ repository }) => ({
      ...importOf({ project, stream: 'copies', from: repository as string, all: true }),
      reads: {
        status: {
          import: { ...STREAM, spec: { dockerImageRepository: repository }, status: { tags: [{ tag: 'latest' }] } },
          repository: { ...SUCCESS, images: [{ ...SUCCESS, tag: 'latest' }] },
        },
      },
    }),
  ],
});

/** Of somebody else's image: the answer is a success, and says that there is nothing for who asks. */
export const importForeign = (project: string, from: string): WireFlow => ({
  command: `oc import-image stolen --from=${from}:latest --confirm`,
  steps: [
    {
      ...importOf({ project, stream: 'stolen', from: `${from}:latest` }),
      reads: { status: { images: [{ tag: 'latest', status: { status: 'Failure', reason: 'Unauthorized' } }] } },
      check: ({ object: { status } }) =>
        status.images[0].image === undefined && (status.import.status.tags[0].items ?? []).length === 0,
    },
  ],
});

import { describeImage, INDEX_TYPES } from '../api/image/image-metadata.ts';
import { type Image, IMAGE_GROUP } from '../api/image/image-types.ts';
import { DIGEST, TAG } from '../api/image/pull-spec.ts';
import { ensureStream } from '../api/image/stream-writes.ts';
import type { KubeObject } from '../api/meta.ts';
import { isConflict, isNotFound } from '../api/status-error.ts';
import type { Client } from '../client/client.ts';
import { withRealSizes } from './real-sizes.ts';
import { type RegistryConnection } from './registry-connection.ts';
import { projectAndStream } from './scopes.ts';

const IMAGES = { group: IMAGE_GROUP, version: 'v1', resource: 'images' };
/** On images that were pushed here: under which names, with spaces in between, the newest first. */
const PUSHED_AS = 'image.openshift.io/pushed-as';
/** OpenShift's mark of images that the platform's registry has. */
const MANAGED = 'openshift.io/image.managed';
/** Names that are remembered of one image. */
const MOST_NAMES = 64;
const ATTEMPTS = 16;

/** Something that the registry has under a tag. */
export interface Pushed {
  /** `shop/web`. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

export interface TakeInOptions {
  /** As the registry (role system:openshift:registry). */
  readonly client: Client;
  readonly connection: RegistryConnection;
  /** `ADDRESS:PORT`, how images are named. */
  readonly host: () => Promise<string | undefined>;
}

/**
 * Tells the API of an image that was pushed: an Image, and the tag of its stream, which is made when it is not there. Again: changes
 * nothing. False: it is nothing that could be told of, now or later.
 */
export async function takeIn({ client, connection, host }: TakeInOptions, pushed: Pushed): Promise<boolean> {
  const of = projectAndStream(pushed.repository);
  if (of === undefined || !TAG.test(pushed.tag) || !DIGEST.test(pushed.digest)) return false;
  const address = await host();
  if (address === undefined) throw new Error('there is no registry');
  const manifest = await connection.manifest(pushed.repository, pushed.digest);
  const image: Image = {
    apiVersion: `${IMAGE_GROUP}/v1`,
    kind: 'Image',
    metadata: { name: pushed.digest, annotations: { [MANAGED]: 'true' } },
    dockerImageReference: `${address}/${pushed.repository}@${pushed.digest}`,
    dockerImageManifestMediaType: manifest.mediaType,
    ...(await described(connection, pushed.repository, manifest.text, manifest.mediaType)),
  };
  await ensureStream(client, of);
  await client.create(
    { group: IMAGE_GROUP, version: 'v1', resource: 'imagestreammappings', namespace: of.namespace },
    { apiVersion: `${IMAGE_GROUP}/v1`, kind: 'ImageStreamMapping', metadata: { ...of }, image, tag: pushed.tag },
  );
  await remember(client, pushed);
  return true;
}

/** Whether a push has been told of before, also when its tag was taken away since. */
export async function isKnown(client: Client, { repository, tag, digest }: Pushed): Promise<boolean> {
  try {
    const image = await client.get<Image>({ ...IMAGES, name: digest });
    return namesOf(image).includes(`${repository}:${tag}`);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/**
 * Of an image for several machines that of this one, or the first. What cannot be read is left out: the image is there all the same, and as large as it
 * is, whatever its configuration is.
 */
async function described(
  connection: RegistryConnection,
  repository: string,
  text: string,
  mediaType: string,
): Promise<Partial<Image>> {
  let manifest = text;
  try {
    if ((INDEX_TYPES as readonly string[]).includes(mediaType))
      manifest = (await connection.manifest(repository, machineOf(JSON.parse(text) as Index))).text;
  } catch {
    return {};
  }
  return withRealSizes(await read(connection, repository, manifest), (digest) => connection.sizeOf(repository, digest));
}

async function read(connection: RegistryConnection, repository: string, manifest: string): Promise<Partial<Image>> {
  try {
    const digest = (JSON.parse(manifest) as { config?: { digest?: string } }).config?.digest ?? '';
    return describeImage(manifest, DIGEST.test(digest) ? await connection.blob(repository, digest) : '{}');
  } catch {
    return describeImage(manifest, '{}');
  }
}

/** A list of manifests (OCI image-spec, image-index.md). */
export interface Index {
  readonly manifests?: readonly {
    readonly digest?: string;
    readonly platform?: { readonly os?: string; readonly architecture?: string };
  }[];
}

/** Names of machines in indexes, by Node's. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The digest of the manifest for this machine, or the first. Throws an Error when there is none. */
export function machineOf({ manifests = [] }: Index): string {
  const ours = manifests.find(
    ({ platform }) => platform?.os === 'linux' && platform.architecture === (ARCHITECTURES[process.arch] ?? process.arch),
  );
  const digest = (ours ?? manifests[0])?.digest ?? '';
  if (!DIGEST.test(digest)) throw new Error('the index names no manifest');
  return digest;
}

const namesOf = ({ metadata }: Image): string[] =>
  (metadata.annotations?.[PUSHED_AS] ?? '').split(' ').filter((name) => name !== '');

/** The repositories that an image was pushed into, `shop/web`. */
export const repositoriesOf = (image: KubeObject): string[] => [
  ...new Set(namesOf(image as Image).map((name) => name.slice(0, name.lastIndexOf(':')))),
];

/** Last: what is remembered has been told. */
async function remember(client: Client, { repository, tag, digest }: Pushed): Promise<void> {
  const name = `${repository}:${tag}`;
  for (let attempt = 1; ; attempt++) {
    const image = await client.get<Image>({ ...IMAGES, name: digest });
    const names = namesOf(image);
    if (names.includes(name)) return;
    const annotations = { ...image.metadata.annotations, [PUSHED_AS]: [name, ...names].slice(0, MOST_NAMES).join(' ') };
    try {
      await client.update({ ...IMAGES, name: digest }, { ...image, metadata: { ...image.metadata, annotations } });
      return;
    } catch (error) {
      if (!isConflict(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

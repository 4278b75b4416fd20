import type { VirtualContext } from '../virtual-resource.ts';
import { newBadRequest, newInternalError, type Status, StatusError } from '../status-error.ts';
import { fillImage } from './image.ts';
import type { Image, ImageImportSpec, ImageImportStatus } from './image-types.ts';
import { parsePullSpec, type PullSpec, printPullSpec } from './pull-spec.ts';
import { loginsOf } from './registry-logins.ts';
import { imageStream } from './image-stream.ts';
import type { RemoteImages, RemoteQuestion } from './remote-images.ts';

/** Registries are asked this often at the same time by one request. */
const AT_ONCE = 4;

export const SUCCESS: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 200 };

/** One image that was asked for; `found` keeps its texts, `shown` is what the answer has. */
export interface Imported {
  readonly spec: ImageImportSpec;
  readonly found: Image | undefined;
  readonly shown: ImageImportStatus;
}

/** Asks for all of them, a few at once, with the secrets of the namespace. What fails is said in its own status. */
export async function findImages(specs: readonly ImageImportSpec[], context: VirtualContext): Promise<Imported[]> {
  const ask = await asker(context);
  const results: Imported[] = [];
  const next = specs.entries();
  const work = async (): Promise<void> => {
    for (const [i, spec] of next) results[i] = await findOne(spec, ask, context.remoteImages);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

/** The question about an image, with logins. */
export async function asker(context: VirtualContext): Promise<(of: PullSpec, insecure: boolean) => RemoteQuestion> {
  const { verbs, namespace } = context;
  const secrets = imageStream.subresources!['secrets'];
  if (secrets?.kind !== 'read') throw newBadRequest('streams have no secrets');
  const { items } = (await secrets.read(
    { apiVersion: '', kind: '', metadata: {} },
    { ...context, verbs, namespace },
  )) as unknown as {
    items: Parameters<typeof loginsOf>[0];
  };
  return (of, insecure) => ({ of, insecure, logins: loginsOf(items, of.registry) });
}

async function findOne(
  spec: ImageImportSpec,
  ask: (of: PullSpec, insecure: boolean) => RemoteQuestion,
  remote: RemoteImages,
): Promise<Imported> {
  const of = parsePullSpec(spec.from.name ?? '')!;
  const tag = spec.to?.name ?? (of.tag === '' && of.digest === '' ? 'latest' : of.tag);
  try {
    const found = await remote.find(ask(of, spec.importPolicy?.insecure === true));
    const image = structuredClone(found);
    fillImage(image);
    if (spec.includeManifest === true && found.dockerImageManifest !== undefined) {
      image.dockerImageManifest = found.dockerImageManifest;
      if (found.dockerImageConfig !== undefined) image.dockerImageConfig = found.dockerImageConfig;
    }
    return { spec, found, shown: { status: SUCCESS, image, ...(tag === '' ? {} : { tag }) } };
  } catch (error) {
    return { spec, found: undefined, shown: { status: failureOf(error, printPullSpec(of)), ...(tag === '' ? {} : { tag }) } };
  }
}

/** A failure as the status of one image. */
export const failureOf = (error: unknown, what: string): Status =>
  (error instanceof StatusError ? error : newInternalError(`${what}: ${(error as Error).message}`)).status;

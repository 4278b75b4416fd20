import { errorText } from '../../../common/errors.ts';
import type { Build, ImageReference } from '../../api/build/build-types.ts';
import { parseStreamTag } from '../../api/build/image-reference-validation.ts';
import { resolveImage, type Resolver } from '../../api/build/resolve-image.ts';
import { fromOf } from '../../api/build/strategy-from.ts';
import { registryHost } from '../../api/image/internal-registry.ts';
import { isReason } from '../../api/status-error.ts';
import { unlessGone } from '../api-errors.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { IMAGE_STREAMS, SECRETS } from '../resources.ts';
import { review } from './access-review.ts';
import type { PodInputs } from './build-pod.ts';
import { nodeWithoutRoom } from './disk-room.ts';
import { registryOf, secretFor } from './registry-secrets.ts';
import { accountOf } from './waiting-builds.ts';

/** Why a build cannot have its pod yet. */
export interface Missing {
  readonly reason: string;
  readonly message?: string;
}

/** Looks up where the image goes, what it comes from, whose credentials are for both, and whether there is room. */
export async function findInputs(build: Build, context: ReconcileContext): Promise<PodInputs | Missing> {
  const { spec, metadata } = build;
  const namespace = metadata.namespace!;
  const account = { namespace, account: accountOf(spec) };
  const { to, pushSecret: named } = spec.output ?? {};
  const output = to === undefined ? undefined : await referenceOf(to, namespace, context);
  if (typeof output === 'object') return output;
  if (named !== undefined && (await unlessGone(context.client.get({ ...SECRETS, namespace, name: named.name }))) === undefined)
    return { reason: 'MissingPushSecret', message: `Missing push secret "${named.name}".` };
  const images = await knownImages(build, account, context);
  if ('reason' in images) return images;
  const own = await registryHost(context.client);
  const without: string[] = [];
  const secretOf = async (image: string | undefined, secret: { name: string } | undefined): Promise<string | undefined> => {
    if (secret !== undefined || image === undefined) return secret?.name;
    const found = await secretFor(context, account, image);
    if (found === undefined && registryOf(image) === own) without.push(image);
    return found;
  };
  const { pullSecret } = spec.strategy.dockerStrategy ?? spec.strategy.sourceStrategy ?? {};
  const inputs: PodInputs = {
    output,
    ...images,
    pushSecret: await secretOf(output, named),
    // A Dockerfile without `from` names its images itself: what is kept where its own will be, it may pull.
    pullSecret: await secretOf(images.from ?? output, pullSecret),
    imageSecrets: await Promise.all(images.images.map((image, i) => secretOf(image, spec.source?.images?.[i]?.pullSecret))),
  };
  // Every account gets credentials for the platform's registry, a moment after the account or the registry has come.
  if (without.length === 0) {
    const node = await nodeWithoutRoom(output !== undefined && registryOf(output) === own, context);
    return node === undefined
      ? inputs
      : { reason: 'DiskPressure', message: `The build waits for room on the disk of node ${node}.` };
  }
  const message = `The service account "${account.account}" has no credentials for ${own} yet.`;
  return { reason: without.includes(output ?? '') ? 'MissingPushSecret' : 'InvalidImageReference', message };
}

/** The images that the build is from, by their names in a registry: builds that no config has made may name tags. */
async function knownImages(
  { spec }: Build,
  { namespace, account }: { readonly namespace: string; readonly account: string },
  { client }: ReconcileContext,
): Promise<Pick<PodInputs, 'from' | 'images'> | Missing> {
  const resolver: Resolver = { verbs: client, access: { authorize: (user, question) => review(client, user, question) } };
  const resolved = (from: ImageReference): Promise<string> => resolveImage(resolver, from, namespace, account);
  const from = fromOf(spec.strategy);
  try {
    const images = await Promise.all((spec.source?.images ?? []).map((image) => resolved(image.from)));
    return { from: from === undefined ? undefined : await resolved(from), images };
  } catch (error) {
    if (!isReason(error, 'BadRequest') && !isReason(error, 'Forbidden')) throw error;
    return { reason: 'InvalidImageReference', message: `Referenced image could not be resolved: ${errorText(error)}` };
  }
}

/** `REGISTRY/NAMESPACE/NAME:TAG` of a tag: the stream says where its images are kept. */
async function referenceOf(to: ImageReference, own: string, { client }: ReconcileContext): Promise<string | Missing> {
  if (to.kind === 'DockerImage') return to.name;
  const parsed = parseStreamTag(to.name);
  const namespace = to.namespace === undefined || to.namespace === '' ? own : to.namespace;
  const stream = parsed && (await unlessGone(client.get({ ...IMAGE_STREAMS, namespace, name: parsed.stream })));
  if (parsed === undefined || stream === undefined) return { reason: 'InvalidOutputReference' };
  const repository = (stream.status as { dockerImageRepository?: string } | undefined)?.dockerImageRepository;
  if (repository === undefined || repository === '')
    return {
      reason: 'InvalidOutputReference',
      message: `Output image could not be resolved: the image stream "${parsed.stream}" has no registry.`,
    };
  return `${repository}:${parsed.tag}`;
}

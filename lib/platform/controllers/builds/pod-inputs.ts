import type { Build, ImageReference } from '../../api/build/build-types.ts';
import { parseStreamTag } from '../../api/build/image-reference-validation.ts';
import { fromOf } from '../../api/build/strategy-from.ts';
import { unlessGone } from '../api-errors.ts';
import type { ReconcileContext } from '../define-controller.ts';
import { IMAGE_STREAMS, SECRETS } from '../resources.ts';
import type { PodInputs } from './build-pod.ts';
import { secretFor } from './registry-secrets.ts';

/** Why a build cannot have its pod yet. */
export interface Missing {
  readonly reason: string;
  readonly message?: string;
}

/** Looks up where the image goes, and whose credentials are for that and for the images that it comes from. */
export async function findInputs(build: Build, context: ReconcileContext): Promise<PodInputs | Missing> {
  const { spec, metadata } = build;
  const namespace = metadata.namespace!;
  const account = { namespace, account: spec.serviceAccount ?? 'builder' };
  const { to, pushSecret: named } = spec.output ?? {};
  const output = to === undefined ? undefined : await referenceOf(to, namespace, context);
  if (typeof output === 'object') return output;
  if (named !== undefined && (await unlessGone(context.client.get({ ...SECRETS, namespace, name: named.name }))) === undefined)
    return { reason: 'MissingPushSecret', message: `Missing push secret "${named.name}".` };
  const { pullSecret } = spec.strategy.dockerStrategy ?? spec.strategy.sourceStrategy ?? {};
  const from = fromOf(spec.strategy);
  const forImage = async (image: ImageReference | undefined, secret: { name: string } | undefined): Promise<string | undefined> =>
    secret?.name ?? (image?.kind === 'DockerImage' ? secretFor(context, account, image.name) : undefined);
  return {
    output,
    pushSecret: output === undefined ? undefined : (named?.name ?? (await secretFor(context, account, output))),
    // A Dockerfile names its images itself: what is in the project it may pull.
    pullSecret:
      from === undefined && output !== undefined
        ? (pullSecret?.name ?? (await secretFor(context, account, output)))
        : await forImage(from, pullSecret),
    imageSecrets: await Promise.all((spec.source?.images ?? []).map((image) => forImage(image.from, image.pullSecret))),
  };
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

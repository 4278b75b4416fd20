import type { Build } from '../../api/build/build-types.ts';
import { isFinished } from '../../api/build/build-types.ts';
import { COPIED_ID } from '../../api/image/copied-image.ts';
import { REGISTRY_SERVICE } from '../../api/image/internal-registry.ts';
import { isAlreadyExists, unlessGone } from '../api-errors.ts';
import type { ReconcileContext, ReconcileResult } from '../define-controller.ts';
import { BUILDS, refTo, SERVICES } from '../resources.ts';

/** Of the streams and of the builds that fill them. */
export const NAMESPACE = 'openshift';
/** On these builds: the stream that they are for. */
const STREAM = 'samples.operator.openshift.io/image-stream';
/** ms after which a build that has brought nothing is made once more. */
const AGAIN = 30_000;
/** ms for which nobody has built, and the registry has been there: whoever has just installed a platform tries it. */
const QUIET = 15_000;

/** An image that the registry is to have. */
export interface WantedCopy {
  /** Of the image and of its stream. */
  readonly name: string;
  readonly tag: string;
  /** `openshift/NAME@sha256:ID` on a node. */
  readonly image: string;
  /** The tag is it already. */
  readonly isPushed: boolean;
}

/**
 * Has a build push the image into its stream, with the rights of that project's builder: Docker's layers get there once, and what is built from them is pushed without them.
 * One after the other, and when nobody else builds: a push takes a core for some seconds, and nobody waits for it.
 */
export async function pushToRegistry(
  { client, lister, clock, log }: ReconcileContext,
  wanted: WantedCopy,
  quiet = QUIET,
): Promise<ReconcileResult | void> {
  const builds = lister<Build>(BUILDS).list();
  const ours = builds.filter(({ metadata: { namespace, labels } }) => namespace === NAMESPACE && labels?.[STREAM] !== undefined);
  const build = buildOf(wanted);
  // Those of earlier images tell nothing any more.
  for (const old of ours)
    if (old.metadata.labels![STREAM] === wanted.name && old.metadata.name !== build.metadata.name && isFinished(old))
      await unlessGone(client.delete(refTo(BUILDS, old)));
  if (wanted.isPushed) return;
  const made = ours.find(({ metadata }) => metadata.name === build.metadata.name);
  if (made === undefined) {
    if (ours.some((each) => !isFinished(each)) || builds.some(isAtWork)) return;
    const registry = lister(SERVICES).get(REGISTRY_SERVICE.namespace, REGISTRY_SERVICE.name);
    if (registry === undefined) return;
    const others = builds.filter((each) => !ours.includes(each)).map(({ status }) => timeOf(status?.completionTimestamp));
    const wait = Math.max(timeOf(registry.metadata.creationTimestamp), ...others) + quiet - clock.now();
    if (wait > 0) return { requeueAfter: wait };
    try {
      await client.create({ ...BUILDS, namespace: NAMESPACE }, build);
      log.info({ image: wanted.image }, 'bringing a builder image into the registry');
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    return;
  }
  if (!isFinished(made)) return;
  const wait = timeOf(made.status?.completionTimestamp) + AGAIN - clock.now();
  if (wait > 0) return { requeueAfter: wait };
  await unlessGone(client.delete(refTo(BUILDS, made)));
  return { requeueAfter: 1 };
}

const timeOf = (timestamp: string | null | undefined): number => Date.parse(timestamp ?? '') || 0;

const isAtWork = ({ status }: Build): boolean => status?.phase === 'Pending' || status?.phase === 'Running';

function buildOf({ name, tag, image }: WantedCopy): Build {
  const id = image.slice(image.indexOf('@') + 1);
  return {
    apiVersion: 'build.openshift.io/v1',
    kind: 'Build',
    metadata: {
      name: `${name}-${id.slice('sha256:'.length, 'sha256:'.length + 12)}`,
      namespace: NAMESPACE,
      labels: { [STREAM]: name },
    },
    spec: {
      serviceAccount: 'builder',
      source: { type: 'Dockerfile', dockerfile: `FROM ${image}\n` },
      strategy: { type: 'Docker', dockerStrategy: {} },
      output: { to: { kind: 'ImageStreamTag', name: `${name}:${tag}` }, imageLabels: [{ name: COPIED_ID, value: id }] },
    },
  };
}

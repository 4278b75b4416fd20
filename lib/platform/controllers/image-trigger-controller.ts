import { errorText } from '../../common/errors.ts';
import type { KubeObject } from '../api/meta.ts';
import { latestReference, type TagLookup, type TagName } from '../api/openshift-apps/image-changes.ts';
import { keyOf } from '../client/object-store.ts';
import { unlessGone } from './api-errors.ts';
import { type ControllerDefinition, defineController, type ReconcileContext, type ReconcileResult } from './define-controller.ts';
import type { TriggeredKind } from './image-triggers/triggered-kinds.ts';
import { IMAGE_STREAMS, refTo, SUBJECT_ACCESS_REVIEWS } from './resources.ts';

/** When a refusal is asked about again, in ms: nobody tells of rights that are given. */
const ASK_AGAIN = 30_000;

/** Gives the objects of a kind the images that the tags stand for which they follow. */
export const imageTriggerController = (kind: TriggeredKind): ControllerDefinition =>
  defineController({
    name: `image-trigger-controller-${kind.of.resource}`,
    component: 'image-trigger-controller',
    for: kind.of,
    watches: [
      {
        of: IMAGE_STREAMS,
        map: ({ metadata }, { lister }) =>
          lister(kind.of)
            .list()
            .filter((object) => tagsOf(kind, object).some((tag) => names(tag, metadata)))
            .map(keyOf),
      },
    ],
    concurrency: 2,
    reconcile: (key, context) => reconcile(kind, key, context),
  });

const names = ({ namespace, stream }: TagName, metadata: KubeObject['metadata']): boolean =>
  namespace === metadata.namespace && stream === metadata.name;

/** None where what it says of them is wrong: that is told when the object itself is looked at. */
function tagsOf(kind: TriggeredKind, object: KubeObject): TagName[] {
  try {
    return kind.tags(object);
  } catch {
    return [];
  }
}

async function reconcile(kind: TriggeredKind, key: string, context: ReconcileContext): Promise<ReconcileResult | void> {
  const { client, lister, recorder } = context;
  const object = lister(kind.of).byKey(key);
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
  let tags: TagName[];
  try {
    tags = kind.tags(object);
  } catch (error) {
    recorder.event(object, 'Warning', 'InvalidImageTriggers', errorText(error));
    return;
  }
  if (tags.length === 0) return;
  const refused = await refusals(kind, object, tags, context);
  const lookup: TagLookup = (tag) => {
    const stream = refused.has(tag.namespace + '/' + tag.stream)
      ? undefined
      : lister(IMAGE_STREAMS).get(tag.namespace, tag.stream);
    return stream && latestReference(stream, tag.tag);
  };
  const next = kind.changed(object, lookup);
  if (next !== undefined) await unlessGone(client.update(refTo(kind.of, object), next));
  return refused.size === 0 ? {} : { requeueAfter: ASK_AGAIN };
}

/** Streams of other projects from which the object's pods may not pull, as `namespace/name`: nobody is told what is in them. */
async function refusals(
  kind: TriggeredKind,
  object: KubeObject,
  tags: readonly TagName[],
  { client, recorder }: ReconcileContext,
): Promise<Set<string>> {
  const own = object.metadata.namespace!;
  const account = `system:serviceaccount:${own}:${kind.account(object)}`;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${own}`, 'system:authenticated'];
  const refused = new Set<string>();
  for (const { namespace, stream } of tags) {
    if (namespace === own || refused.has(`${namespace}/${stream}`)) continue;
    const resourceAttributes = {
      verb: 'get',
      group: IMAGE_STREAMS.group,
      resource: 'imagestreams',
      subresource: 'layers',
      namespace,
      name: stream,
    };
    const review = await client.create(SUBJECT_ACCESS_REVIEWS, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: { user: account, groups, resourceAttributes },
    });
    if ((review['status'] as { allowed?: boolean } | undefined)?.allowed === true) continue;
    refused.add(`${namespace}/${stream}`);
    const way = `grant it the role system:image-puller there`;
    recorder.event(object, 'Warning', 'ImageTriggerForbidden', `${account} may not pull from the project "${namespace}"; ${way}`);
  }
  return refused;
}

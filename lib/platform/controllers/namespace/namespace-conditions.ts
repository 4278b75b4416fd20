import type { KubeObject } from '../../api/meta.ts';
import type { Condition } from '../core-types.ts';
import { type KindInfo } from '../kind-info.ts';

/** What is left in a namespace that is going away. */
export interface Remains {
  /** By kind: how many objects, and their finalizers. */
  readonly counts: readonly { readonly kind: KindInfo; readonly objects: readonly KubeObject[] }[];
  readonly failures: readonly string[];
}

type Shown = Omit<Condition, 'lastTransitionTime'>;

/** The five conditions that Kubernetes shows on a terminating namespace, in its order and words. */
export function deletionConditions({ counts, failures }: Remains): Shown[] {
  return [
    fine('NamespaceDeletionDiscoveryFailure', 'ResourcesDiscovered', 'All resources successfully discovered'),
    fine('NamespaceDeletionGroupVersionParsingFailure', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'),
    failures.length === 0
      ? fine(
          'NamespaceDeletionContentFailure',
          'ContentDeleted',
          'All content successfully deleted, may be waiting on finalization',
        )
      : wrong(
          'NamespaceDeletionContentFailure',
          'ContentDeletionFailed',
          `Failed to delete all resource types, ${failures.length} remaining: ${failures.toSorted().join(', ')}`,
        ),
    remainingContent(counts),
    remainingFinalizers(counts),
  ];
}

function remainingContent(counts: Remains['counts']): Shown {
  if (counts.length === 0) return fine('NamespaceContentRemaining', 'ContentRemoved', 'All content successfully removed');
  // With its dot, also where the group is empty: `pods. has 2 resource instances` is what Kubernetes writes.
  const texts = counts.map(({ kind, objects }) => `${kind.resource}.${kind.group} has ${objects.length} resource instances`);
  return wrong(
    'NamespaceContentRemaining',
    'SomeResourcesRemain',
    `Some resources are remaining: ${texts.toSorted().join(', ')}`,
  );
}

function remainingFinalizers(counts: Remains['counts']): Shown {
  const finalizers = new Map<string, number>();
  for (const { objects } of counts)
    for (const { metadata } of objects)
      for (const finalizer of metadata.finalizers ?? []) finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  if (finalizers.size === 0)
    return fine('NamespaceFinalizersRemaining', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished');
  const texts = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`);
  return wrong(
    'NamespaceFinalizersRemaining',
    'SomeFinalizersRemain',
    `Some content in the namespace has finalizers remaining: ${texts.toSorted().join(', ')}`,
  );
}

const fine = (type: string, reason: string, message: string): Shown => ({ type, status: 'False', reason, message });
const wrong = (type: string, reason: string, message: string): Shown => ({ type, status: 'True', reason, message });

import type { KubeObject, ObjectMeta } from '../meta.ts';

const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';

/** The labels that tell a job's pods from all others; the two without a prefix are the older names. */
export const jobLabels = ({ name = '', uid = '' }: ObjectMeta): Record<string, string> => ({
  'controller-uid': uid,
  'job-name': name,
  [CONTROLLER_UID]: uid,
  'batch.kubernetes.io/job-name': name,
});

/**
 * Gives the template the labels of this very job and selects by its uid, unless the user does that himself. What the user has
 * set is left alone: validation refuses what does not fit (registry/batch/job generateSelector).
 */
export function generateSelector(job: KubeObject): void {
  const { spec, metadata } = job;
  if (spec?.template === undefined || spec.manualSelector === true) return;
  spec.template.metadata ??= {};
  spec.template.metadata.labels = { ...jobLabels(metadata), ...spec.template.metadata.labels };
  spec.selector ??= {};
  spec.selector.matchLabels = { [CONTROLLER_UID]: metadata.uid ?? '', ...spec.selector.matchLabels };
}

import { isConflict, isNotFound } from '../api/status-error.ts';
import { APP_RESOURCES } from './app-objects.ts';
import { appErrors } from './app-errors.ts';
import { selectorOf } from './application.ts';
import type { PlatformAccess } from './platform-access.ts';

/**
 * Removes what is labelled as this application's and made by us, newest first; what those own (builds, versions, pods) goes with them. The
 * local folder stays. Again: goes on. @throws OoError APP_NOT_FOUND when there is nothing of it
 */
export async function deleteApp(
  name: string,
  { client, namespace }: PlatformAccess,
  confirm: (question: string) => Promise<void>,
  say: (text: string) => void,
): Promise<void> {
  const labelSelector = selectorOf(name);
  const found = [];
  for (const kind of Object.values(APP_RESOURCES).reverse())
    for (const { metadata } of (await client.list({ ...kind, namespace }, { labelSelector })).items)
      found.push({ kind, metadata });
  if (found.length === 0) throw appErrors.APP_NOT_FOUND(name, namespace);
  await confirm(`Remove the application ${name} of the project ${namespace}, with its images and the source on the platform?`);
  for (const { kind, metadata } of found) {
    const ref = { ...kind, namespace, name: metadata.name! };
    try {
      await client.delete(ref, { propagationPolicy: 'Background', preconditions: { uid: metadata.uid! } });
    } catch (error) {
      // Gone, or another of that name by now.
      if (!isNotFound(error) && !isConflict(error)) throw error;
      continue;
    }
    say(`${kind.resource.slice(0, -1)}/${metadata.name} removed\n`);
  }
}

import { isConflict, isNotFound } from '../status-error.ts';
import type { Verbs } from '../verbs.ts';
import { type Build, isFinished } from './build-types.ts';

const BUILDS = { group: 'build.openshift.io', version: 'v1', resource: 'builds' };

/** Asks for the build's end, as `oc cancel-build` does. One that has ended, or is gone, is left as it is. */
export async function cancelBuild(verbs: Verbs, { metadata }: Build): Promise<void> {
  const ref = { ...BUILDS, namespace: metadata.namespace!, name: metadata.name! };
  for (;;) {
    try {
      const current = await verbs.get<Build>(ref);
      if (isFinished(current) || current.metadata.uid !== metadata.uid) return;
      await verbs.update(ref, { ...current, status: { ...current.status, cancelled: true } });
      return;
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) throw error;
    }
  }
}

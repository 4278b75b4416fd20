import type { KubeObject } from '../meta.ts';
import type { ResourceRef, Verbs } from '../verbs.ts';

/**
 * Follows one object until `done` says so of it; undefined when that does not come within `ms`, or the object goes away. Rejects when
 * the signal says so.
 */
export async function waitFor<T extends KubeObject>(
  verbs: Verbs,
  { name, ...collection }: ResourceRef & { readonly name: string },
  done: (object: T) => boolean,
  { signal, ms }: { readonly signal: AbortSignal; readonly ms?: number },
): Promise<T | undefined> {
  const late = ms === undefined ? undefined : AbortSignal.timeout(ms);
  const stop = late === undefined ? signal : AbortSignal.any([signal, late]);
  while (!stop.aborted) {
    // The server may end a watch at any time.
    for await (const { type, object } of verbs.watch<T>(collection, { fieldSelector: `metadata.name=${name}`, signal: stop })) {
      if (type === 'DELETED') return undefined;
      if ((type === 'ADDED' || type === 'MODIFIED') && done(object)) return object;
    }
  }
  signal.throwIfAborted();
  return undefined;
}

import { etcdErrors } from './etcd-errors.ts';
import type { EtcdMembers } from './etcd-members.ts';
import { methods } from './messages.ts';

/** What a restore has left in an etcd, beside the store's keys. */
export interface RestoreMark {
  /** `restoring`: it was cut off, the keys are not all there. */
  readonly state: 'restoring' | 'restored';
  /** Added to etcd's revisions, so that they go on behind those of the platform that was backed up. */
  readonly base: number;
  /** The store's revision when the restore was through: what lies before is gone. */
  readonly compacted: number;
}

/** Beside the store's own keys, which all begin with `PREFIX/`. */
export const restoreMarkKey = (prefix: string): Buffer => Buffer.from(`${prefix}.restore`);

/** The mark of the last restore; undefined when there has been none. */
export async function readRestoreMark(members: EtcdMembers, prefix: string): Promise<RestoreMark | undefined> {
  const { kvs } = await members.call(methods.range, { key: restoreMarkKey(prefix) });
  if (kvs[0] === undefined) return undefined;
  try {
    const mark = JSON.parse(kvs[0].value.toString('utf8')) as RestoreMark;
    if (Number.isSafeInteger(mark.base) && Number.isSafeInteger(mark.compacted)) return mark;
  } catch {
    // Told of below.
  }
  throw etcdErrors.ETCD_RESTORE_UNFINISHED(prefix);
}

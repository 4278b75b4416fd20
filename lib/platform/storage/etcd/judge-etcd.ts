import { etcdErrors } from './etcd-errors.ts';
import { failureOf } from './etcd-failure.ts';
import { EtcdMembers, type EtcdMembersOptions } from './etcd-members.ts';
import { readRestoreMark } from './restore-mark.ts';

/**
 * Throws what would keep this program from using the etcd, which another platform may be using: ETCD_UNREACHABLE, ETCD_TOO_OLD, ETCD_REFUSED,
 * ETCD_RESTORE_UNFINISHED. Changes nothing.
 */
export async function judgeEtcd({ prefix, ...options }: EtcdMembersOptions & { readonly prefix: string }): Promise<void> {
  const members = new EtcdMembers({ ...options, callMs: 3_000 });
  try {
    const mark = await readRestoreMark(members, prefix);
    if (mark?.state === 'restoring') throw etcdErrors.ETCD_RESTORE_UNFINISHED(prefix);
  } catch (error) {
    const failure = failureOf(error);
    throw failure.kind === 'judged' ? error : etcdErrors.ETCD_UNREACHABLE(members.urls, failure.why, { cause: error });
  } finally {
    members.close();
  }
}

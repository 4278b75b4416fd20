import { defineErrors } from '../../common/errors.ts';

/** What keeps a backup from being taken or put back. */
export const backupErrors = defineErrors({
  BACKUP_EXISTS: {
    failure: 'conflict',
    message: (path: string) => `${path} exists already`,
    hint: () => 'name another file; backups are never written over',
  },
  BACKUP_UNWRITABLE: {
    failure: 'platform',
    message: (path: string, why: string) => `cannot write ${path}: ${why}`,
    hint: () => 'nothing is left of it; look at the folder, its owner and the room on its disk',
  },
  BACKUP_CUT_OFF: {
    failure: 'platform',
    message: (why: string) => `the platform did not send its whole store: ${why}`,
    hint: () => 'nothing was written; take the backup again',
  },
  BACKUP_UNREADABLE: {
    failure: 'usage',
    message: (path: string) => `cannot read ${path}`,
    hint: () => 'name a file that "openshift backup" has written',
  },
  BACKUP_DAMAGED: {
    failure: 'platform',
    message: (path: string, why: string) => `${path} is not a whole backup: ${why}`,
    hint: () => 'nothing was changed; take another backup, or another copy of this one',
  },
  BACKUP_NEWER: {
    failure: 'platform',
    message: (path: string, found: number) => `${path} is a backup of format ${found}, which this version does not know`,
    hint: () => 'restore it with the version of the platform that took it, or a newer one',
  },
  RESTORE_KEYS_MISSING: {
    failure: 'usage',
    message: (path: string, names: string) =>
      `secrets in ${path} are encrypted under ${names}, which "secretsKeyFile" does not have`,
    hint: () => 'set "secretsKeyFile" in the configuration to the file with these keys; nothing was changed',
  },
  RESTORE_NOT_EMPTY: {
    failure: 'conflict',
    message: (what: string) => `${what} is not empty`,
    hint: (what: string) => `stop the platform, move ${what} away and run this again; nothing was changed`,
  },
  RESTORE_UNFINISHED: {
    failure: 'platform',
    message: (folder: string) => `a restore into ${folder} was cut off`,
    hint: () => 'run "openshift restore" again: it begins anew',
  },
});

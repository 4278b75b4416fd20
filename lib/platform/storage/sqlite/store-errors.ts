import { defineErrors, OoError } from '../../../common/errors.ts';

/** What can be wrong with the database of the store. */
export const storeErrors = defineErrors({
  STORE_CORRUPT: {
    failure: 'platform',
    message: (path: string, found: string) => `the database ${path} is damaged: ${found}`,
    hint: (path: string) =>
      `stop the platform and put ${path} back from a backup (with its ${path}-wal, if that has one); ` +
      `what can be read of the damaged one: sqlite3 ${path} .recover`,
  },
  STORE_NEWER: {
    failure: 'platform',
    message: (path: string, found: number, supported: number) =>
      `the database ${path} has schema version ${found}, this program knows up to ${supported}`,
    hint: (path: string) =>
      `start the newer version of the platform that wrote ${path}, or restore a backup made before the upgrade`,
  },
  STORE_FOREIGN: {
    failure: 'platform',
    message: (path: string) => `${path} is a SQLite database of another program`,
    hint: (path: string) => `move ${path} away, or set another data folder`,
  },
  STORE_ABSENT: {
    failure: 'usage',
    message: (path: string) => `there is no store ${path}`,
    hint: () => "name the platform's configuration with --config, or its data folder with --data-dir; nothing was made",
  },
  STORE_IN_USE: {
    failure: 'conflict',
    message: (path: string, holder: string) => `the database ${path} is in use by ${holder}`,
    hint: () => 'stop that process first; one store serves one platform',
  },
  STORE_UNREACHABLE: {
    failure: 'platform',
    message: (path: string, why: string) => `cannot open the database ${path}: ${why}`,
    hint: (path: string) => `check that ${path} and its folder exist, belong to this user and can be written`,
  },
  STORE_FULL: {
    failure: 'platform',
    message: (path: string) => `no space left on the disk of ${path}`,
    hint: () => 'free some space; the store goes on by itself, nothing that was acknowledged is lost',
  },
  STORE_WRITE_FAILED: {
    failure: 'platform',
    message: (path: string, why: string) => `cannot write to the database ${path}: ${why}`,
    hint: () => 'look at the disk (dmesg, smartctl); whether the write is there shows after the next start',
  },
  STORE_CRASHED: {
    failure: 'internal',
    message: (path: string, why: string) => `the thread that serves ${path} ended: ${why}`,
    hint: () => 'start the platform again; every acknowledged write is in the database',
  },
  STORE_CLOSED: {
    failure: 'platform',
    message: (path: string) => `the store ${path} is closed`,
  },
});

/** Whether the store can go on after this error. */
export function isFatal(error: OoError): boolean {
  return error.code !== 'STORE_FULL';
}

interface SqliteError extends Error {
  readonly errcode: number;
}

/** Turns what SQLite throws into the catalogue's error (result codes: sqlite.org/rescode.html). */
export function explainSqlite(error: unknown, path: string): OoError {
  if (error instanceof OoError) return error;
  if (!(error instanceof Error) || !('errcode' in error))
    return storeErrors.STORE_WRITE_FAILED(path, String(error), { cause: error });
  const { errcode, message } = error as SqliteError;
  // The low byte is the primary code, the rest says more about it.
  const primary = errcode & 0xff;
  if (primary === 13) return storeErrors.STORE_FULL(path, { cause: error });
  if (primary === 11 || primary === 26) return storeErrors.STORE_CORRUPT(path, message, { cause: error });
  if (primary === 14 || primary === 8 || primary === 3) return storeErrors.STORE_UNREACHABLE(path, message, { cause: error });
  return storeErrors.STORE_WRITE_FAILED(path, `${message} (${errcode})`, { cause: error });
}

/** An OoError as it crosses the thread boundary. */
export interface ErrorMessage {
  readonly code: string;
  readonly failure: OoError['failure'];
  readonly message: string;
  readonly hint: string | undefined;
}

/** An error between threads. */
export function packError(error: OoError): ErrorMessage {
  return { code: error.code, failure: error.failure, message: error.message, hint: error.hint };
}

/** The error that the other thread packed. */
export function unpackError(packed: ErrorMessage): OoError {
  return new OoError(packed.code, packed.failure, packed.message, packed.hint === undefined ? {} : { hint: packed.hint });
}

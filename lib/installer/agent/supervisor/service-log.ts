import { copyFileSync, existsSync, fchmodSync, mkdirSync, openSync, renameSync, statSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';

/** Bytes after which a log file is turned over. */
const limit = 20 * 1024 * 1024;
const kept = 3;

/**
 * The log file of a service, open for appending, readable by root's group only. The service writes into it itself, so it goes on
 * writing when the supervisor is gone.
 */
export function openServiceLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const file = openSync(path, 'a', 0o640);
  fchmodSync(file, 0o640);
  return file;
}

/** Turns the log over when it is too long: copied away and emptied, since the service holds it open. Keeps three old ones. */
export function rotateServiceLog(path: string, maxBytes = limit): void {
  if (!existsSync(path) || statSync(path).size <= maxBytes) return;
  for (let n = kept; n > 1; n--) if (existsSync(`${path}.${n - 1}`)) renameSync(`${path}.${n - 1}`, `${path}.${n}`);
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}

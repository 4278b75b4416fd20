import { createHmac, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../../../common/clock.ts';
import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import { oauthErrors } from '../errors.ts';

/** How often the file is looked at again, in ms. */
const LOOK = 1000;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const SHA1 = /^\{SHA\}[A-Za-z0-9+/]{27}=$/;
/** Beyond this one password takes seconds to judge. */
const HIGHEST_COST = 14;

/**
 * Hashes of passwords by user name: one line each, `NAME:HASH`, as Apache's htpasswd -B writes them. bcrypt, and the older
 * {SHA}. Throws an OoError that names the file and the line.
 */
function parseHtpasswd(text: string, path: string): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const wrong = (why: string): Error => oauthErrors.HTPASSWD_INVALID(path, index + 1, why);
    const colon = line.indexOf(':');
    if (colon < 1) throw wrong('it is not NAME:HASH');
    const [name, hash] = [line.slice(0, colon), line.slice(colon + 1).trimEnd()];
    if (name === '~' || name === '.' || name === '..' || name.includes('/') || name.includes('%'))
      throw wrong(`${JSON.stringify(name)} cannot be the name of a user`);
    const cost = BCRYPT.exec(hash)?.[1];
    if (cost === undefined && !SHA1.test(hash)) throw wrong('the hash is none of bcrypt: write it with htpasswd -B');
    if (cost !== undefined && Number(cost) > HIGHEST_COST) throw wrong(`the cost ${cost} is more than ${HIGHEST_COST}`);
    if (hashes.has(name)) throw wrong(`${JSON.stringify(name)} is on a line before`);
    hashes.set(name, hash);
  }
  return hashes;
}

/** The file as it is now. Throws an OoError. */
export async function readHtpasswd(path: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw oauthErrors.HTPASSWD_UNREADABLE(path, { cause });
  });
  return parseHtpasswd(text, path);
}

/** The hashes that are in force. */
export interface HtpasswdHashes {
  hashOf(name: string): Promise<string | undefined>;
  /**
   * For a name that is not in the file: the hash of somebody who is, always the same one. Hashes cost what the administrator chose, and an unknown name
   * that took longer or shorter to refuse than all others would tell who is known. Undefined: the file is empty.
   */
  decoyOf(name: string): string | undefined;
}

/**
 * Looks up hashes in the file, and in its newer states: a line that is added or taken away counts within a second. A file that has
 * become unreadable or wrong leaves the last good one in force, and is logged.
 */
export async function followHtpasswd(path: string, clock: Clock, log: Log): Promise<HtpasswdHashes> {
  const key = randomBytes(32);
  let hashes = await readHtpasswd(path);
  let stamp = await stampOf(path);
  let looked = clock.now();
  const look = async (): Promise<void> => {
    try {
      const now = await stampOf(path);
      if (now === stamp) return;
      stamp = now;
      hashes = await readHtpasswd(path);
      log.info({ path, users: hashes.size }, 'read the password file again');
    } catch (error) {
      log.error({ path, error: errorText(error) }, 'the password file cannot be used, the last good one stays in force');
    }
  };
  return {
    async hashOf(name) {
      if (clock.now() - looked >= LOOK) {
        looked = clock.now();
        await look();
      }
      return hashes.get(name);
    },
    decoyOf(name) {
      const all = [...hashes.values()];
      return all[createHmac('sha256', key).update(name).digest().readUInt32BE() % all.length];
    },
  };
}

async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return `${mtimeMs}/${size}/${ino}`;
}

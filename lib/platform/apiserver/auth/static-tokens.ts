import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../../../common/clock.ts';
import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import type { TokenAuthenticator } from '../../api/tokens.ts';
import type { UserInfo } from '../../api/verbs.ts';
import { apiServerErrors } from '../errors.ts';
import { ISSUER } from './service-account-keys.ts';

/** How often the file is looked at again, in ms. */
const LOOK = 1000;
const HASH = /^sha256:([0-9a-f]{64})$/;

/**
 * Users by the SHA-256 of their bearer tokens: one line each, `sha256:HEX,USER,UID,"GROUP,GROUP"`, as Kubernetes'
 * --token-auth-file with the hash in the token's place. Whoever reads the file cannot be anybody by it. Throws an OoError that
 * names the file and the line.
 */
export function parseTokenFile(text: string, path: string): ReadonlyMap<string, UserInfo> {
  const users = new Map<string, UserInfo>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const wrong = (why: string): Error => apiServerErrors.TOKEN_FILE_INVALID(path, index + 1, why);
    const fields = splitCsv(line);
    if (fields === undefined) throw wrong('a quotation mark is not closed');
    const [hash = '', name = '', uid = '', groups = '', ...more] = fields;
    const digest = HASH.exec(hash)?.[1];
    if (digest === undefined) throw wrong('the first field is not "sha256:" and 64 hexadecimal digits');
    if (name === '') throw wrong('the second field, the user, is empty');
    if (more.length > 0) throw wrong('there are more than four fields; several groups go into one pair of quotation marks');
    if (users.has(digest)) throw wrong('its token is on a line before');
    const named = groups.split(',').map((group) => group.trim());
    users.set(digest, {
      name,
      ...(uid === '' ? {} : { uid }),
      groups: [...new Set([...named.filter((group) => group !== ''), 'system:authenticated'])],
    });
  }
  return users;
}

function splitCsv(line: string): string[] | undefined {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (const char of line) {
    if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      fields.push(field.trim());
      field = '';
    } else field += char;
  }
  return quoted ? undefined : [...fields, field.trim()];
}

/**
 * Knows the tokens of the file, and those of its newer states: a line that is added or taken away counts within a second. A
 * file that has become unreadable or wrong leaves the last good one in force, and is logged. Throws at the start only.
 */
export async function staticTokens(path: string, clock: Clock, log: Log): Promise<TokenAuthenticator> {
  let users = await readTokenFile(path);
  let stamp = await stampOf(path);
  let looked = clock.monotonic();
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      const now = await stampOf(path);
      if (now === stamp) return;
      stamp = now;
      users = await readTokenFile(path);
      log.info({ path, tokens: users.size }, 'read the token file again');
    } catch (error) {
      log.error({ path, error: errorText(error) }, 'the token file cannot be used, the last good one stays in force');
    }
  };
  return async (token, audiences) => {
    if (clock.monotonic() - looked >= LOOK) {
      looked = clock.monotonic();
      looking = look().finally(() => (looking = undefined));
    }
    await looking;
    // A table of hashes: how long a look-up takes says nothing about a token.
    const user = users.get(createHash('sha256').update(token).digest('hex'));
    const meant = audiences.length === 0 ? [ISSUER] : audiences.filter((audience) => audience === ISSUER);
    return user === undefined || meant.length === 0 ? undefined : { user, audiences: meant };
  };
}

async function stampOf(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return `${mtimeMs}/${size}/${ino}`;
}

/** The users of the file as it is now. Throws an OoError that names the file, and the line that is wrong in it. */
export async function readTokenFile(path: string): Promise<ReadonlyMap<string, UserInfo>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw apiServerErrors.TOKEN_FILE_UNREADABLE(path, { cause });
  });
  return parseTokenFile(text, path);
}

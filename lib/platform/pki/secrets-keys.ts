import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { pkiErrors } from './pki-errors.ts';
import { createFile, readPrivateFile, replaceFile } from './secure-files.ts';

/** A key for AES-256-GCM, and the name that values encrypted under it carry. */
export interface SecretsKey {
  readonly name: string;
  readonly key: Buffer;
}

/** The first encrypts; all decrypt. */
export type SecretsKeys = readonly [SecretsKey, ...SecretsKey[]];

const LINE = /^([a-z0-9]{1,32}) ([A-Za-z0-9+/]{43}=)$/;

/** A key as a line of the file: a name, a blank, 32 bytes in base64. */
const newLine = (): string => `${randomBytes(6).toString('hex')} ${randomBytes(32).toString('base64')}\n`;

/** The keys in the file (0600), which is made with a first one when absent. Throws OoError naming the file and the line, never what is on it. */
export async function ensureSecretsKeys(path: string): Promise<SecretsKeys> {
  let text = await readPrivateFile(path);
  if (text === undefined) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const made = newLine();
    text = (await createFile(path, made)) ? made : ((await readPrivateFile(path)) ?? '');
  }
  return parseSecretsKeys(text, path);
}

/** `NAME:KEY` on each line, the first for writing. `path` is for messages. Throws an OoError with the line. */
export function parseSecretsKeys(text: string, path: string): SecretsKeys {
  const keys: SecretsKey[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [, name, encoded] = LINE.exec(line) ?? [];
    if (name === undefined || encoded === undefined || keys.some((each) => each.name === name))
      throw pkiErrors.SECRETS_KEY_INVALID(path, index + 1);
    keys.push({ name, key: Buffer.from(encoded, 'base64') });
  }
  const [first, ...others] = keys;
  if (first === undefined) throw pkiErrors.SECRETS_KEY_INVALID(path, 1);
  return [first, ...others];
}

/** Puts a new key before the others. Returns the names of the keys that only decrypt from now on. */
export async function rotateSecretsKey(path: string): Promise<string[]> {
  const keys = await ensureSecretsKeys(path);
  await replaceFile(path, newLine() + ((await readPrivateFile(path)) ?? ''));
  return keys.map(({ name }) => name);
}

import { createPrivateKey } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { errorText } from '../../../common/errors.ts';
import { sshErrors } from './ssh-errors.ts';

/** A key file as it lies there, not unlocked. */
export interface KeyFile {
  readonly path: string;
  /** Its public half, where that can be read without a passphrase: from the key itself or from the `.pub` beside it. */
  readonly publicKey: ParsedKey | undefined;
  /** The file holds only a public key: its private half may be in an agent. */
  readonly publicOnly: boolean;
  readonly encrypted: boolean;
  readonly content: Buffer;
  /** Set when others can read the file: OpenSSH does not use such a key. */
  readonly exposedMode: string | undefined;
}

/** Reads a key file. Undefined when there is none; a file that is no key throws SSH_KEY_UNREADABLE. */
export async function readKeyFile(path: string): Promise<KeyFile | undefined> {
  const found = await readWithMode(path);
  if (found === undefined) return undefined;
  const { content, exposedMode } = found;
  const parsed = parse(content);
  if (parsed instanceof Error && !/no passphrase given/.test(parsed.message) && !isPkcs8(content))
    throw sshErrors.SSH_KEY_UNREADABLE(path, parsed.message);
  const publicOnly = !(parsed instanceof Error) && !parsed.isPrivateKey();
  const publicKey = parsed instanceof Error ? (publicHalf(content) ?? (await besideIt(path))) : parsed;
  return { path, publicKey, publicOnly, encrypted: parsed instanceof Error && !isPlainPkcs8(content), content, exposedMode };
}

/** The private key, or undefined when the passphrase is wrong. */
export function unlockKey(file: KeyFile, passphrase?: string): ParsedKey | undefined {
  const parsed = isPkcs8(file.content) ? fromPkcs8(file.content, passphrase) : parse(file.content, passphrase);
  return parsed instanceof Error ? undefined : parsed;
}

async function readWithMode(path: string): Promise<Pick<KeyFile, 'content' | 'exposedMode'> | undefined> {
  try {
    await using file = await open(path, 'r');
    const { mode, uid } = await file.stat();
    // OpenSSH: sshkey_perm_ok() looks at files of one's own.
    const exposed = (mode & 0o077) !== 0 && uid === process.getuid?.();
    const content = await file.readFile();
    return { content, exposedMode: exposed ? (mode & 0o777).toString(8).padStart(4, '0') : undefined };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw sshErrors.SSH_KEY_UNREADABLE(path, errorText(error));
  }
}

function parse(content: Buffer, passphrase?: string): ParsedKey | Error {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(content, passphrase);
  return Array.isArray(parsed) ? parsed[0]! : parsed;
}

async function besideIt(path: string): Promise<ParsedKey | undefined> {
  const content = await readFile(`${path}.pub`).catch(() => undefined);
  const parsed = content === undefined ? undefined : parse(content);
  return parsed instanceof Error ? undefined : parsed;
}

/** The public key in the open part of an OpenSSH private key (OpenSSH, PROTOCOL.key). */
function publicHalf(content: Buffer): ParsedKey | undefined {
  const armour = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/.exec(content.toString('latin1'));
  if (armour === null) return undefined;
  const data = Buffer.from(armour[1]!, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const field = (): Buffer => {
    if (at + 4 > data.length) return Buffer.alloc(0);
    const end = at + 4 + data.readUInt32BE(at);
    const value = data.subarray(at + 4, end);
    at = end;
    return value;
  };
  // Cipher, key derivation and its options, then the number of keys.
  field();
  field();
  field();
  at += 4;
  const parsed = parse(field());
  return parsed instanceof Error ? undefined : parsed;
}

const isPlainPkcs8 = (content: Buffer): boolean => content.includes('-----BEGIN PRIVATE KEY-----');
const isPkcs8 = (content: Buffer): boolean => isPlainPkcs8(content) || content.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----');

/** ssh2 does not know PKCS #8; Node turns it into what it knows. */
function fromPkcs8(content: Buffer, passphrase?: string): ParsedKey | Error {
  try {
    const key = createPrivateKey({ key: content, ...(passphrase === undefined ? {} : { passphrase }) });
    const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
    return parse(Buffer.from(key.export({ type, format: 'pem' })));
  } catch (error) {
    return error as Error;
  }
}

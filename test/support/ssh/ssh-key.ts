import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';

/** A key pair in OpenSSH's own formats, of one test run. */
export interface SshKey {
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA... comment` */
  readonly publicKey: string;
  /** `SHA256:...`, as ssh-keygen -l prints it. */
  readonly fingerprint: string;
}

export interface SshKeyOptions {
  /** @default 'ed25519' */
  readonly type?: 'ed25519' | 'ecdsa' | 'rsa';
  /** Encrypts the private key. */
  readonly passphrase?: string;
}

/** Makes one with ssh-keygen. */
export async function makeSshKey(options: SshKeyOptions = {}): Promise<SshKey> {
  const folder = await mkdtemp(join(tmpdir(), 'oo-test-key-'));
  try {
    const path = join(folder, 'key');
    const protection = ['-N', options.passphrase ?? '', '-C', 'oo-test'];
    await runCommand(['ssh-keygen', '-q', '-t', options.type ?? 'ed25519', ...protection, '-f', path]);
    const publicKey = (await readFile(`${path}.pub`, 'utf8')).trim();
    const blob = Buffer.from(publicKey.split(' ')[1]!, 'base64');
    const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
    return { privateKey: await readFile(path, 'utf8'), publicKey, fingerprint };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A line of known_hosts (sshd(8)) by which `address` is known to have this key. */
export function knownHostsLine(address: string, key: Pick<SshKey, 'publicKey'>, port = 22): string {
  const [type, blob] = key.publicKey.split(' ');
  return `${port === 22 ? address : `[${address}]:${port}`} ${type} ${blob}\n`;
}

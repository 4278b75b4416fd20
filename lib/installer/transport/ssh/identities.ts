import { readFile } from 'node:fs/promises';
import ssh2, { type BaseAgent, type IdentityCallback, type ParsedKey, type SignCallback, type SigningRequestOptions } from 'ssh2';
import { errorText } from '../../../common/errors.ts';
import type { SshSettings } from '../../config/ssh-settings.ts';
import type { KeyFile } from './key-file.ts';
import type { KeyRing } from './key-ring.ts';

/** A key that can be offered to a server. */
export interface Identity {
  readonly publicKey: ParsedKey;
  /** What a person knows it by. */
  readonly label: string;
  /** Signs what the server wants signed, once it has said that it takes the key: only then is a passphrase asked for. */
  sign(data: Buffer, options: SigningRequestOptions): Promise<Buffer>;
}

/** The keys to offer, and what is wrong with those that cannot be. */
export interface Identities {
  readonly offered: readonly Identity[];
  readonly problems: readonly unknown[];
}

/**
 * Keys in OpenSSH's order (sshconnect2.c, pubkey_prepare): those of the agent that are configured, the agent's others unless
 * IdentitiesOnly, then configured files that the agent does not hold. Every offer counts against the server's MaxAuthTries.
 */
export async function findIdentities(settings: SshSettings, keys: KeyRing): Promise<Identities> {
  const problems: unknown[] = [];
  const files: KeyFile[] = [];
  for (const path of settings.identityFiles) {
    try {
      const file = await keys.file(path);
      // A file may be absent while an agent holds its key: the public half beside it tells which.
      if (file !== undefined) files.push(file);
      else files.push(...(await publicOnly(path)));
    } catch (error) {
      problems.push(error);
    }
  }
  const held =
    settings.agentSocket === undefined ? [] : await agentIdentities(settings.agentSocket, settings.connectTimeout, problems);
  const same = (a: ParsedKey, b: ParsedKey | undefined) => b !== undefined && a.getPublicSSH().equals(b.getPublicSSH());
  const configured = files.flatMap((file) => held.filter(({ publicKey }) => same(publicKey, file.publicKey)));
  const others = settings.identitiesOnly ? [] : held.filter((identity) => !configured.includes(identity));
  const rest = files.filter((file) => !file.publicOnly && !held.some(({ publicKey }) => same(publicKey, file.publicKey)));
  const fromFiles: Identity[] = [];
  for (const file of rest) {
    try {
      fromFiles.push(await fileIdentity(file, keys));
    } catch (error) {
      problems.push(error);
    }
  }
  return { offered: [...configured, ...others, ...fromFiles], problems };
}

async function publicOnly(path: string): Promise<KeyFile[]> {
  const content = await readFile(`${path}.pub`).catch(() => undefined);
  if (content === undefined) return [];
  const publicKey = ssh2.utils.parseKey(content) as ParsedKey | Error;
  if (publicKey instanceof Error) return [];
  return [{ path, publicKey, publicOnly: true, encrypted: false, content, exposedMode: undefined }];
}

async function fileIdentity(file: KeyFile, keys: KeyRing): Promise<Identity> {
  // An old encrypted PEM file tells nothing before it is unlocked.
  const publicKey = file.publicKey ?? (await keys.unlock(file));
  return {
    publicKey,
    label: file.path,
    sign: async (data, { hash }) => {
      const signature = (await keys.unlock(file)).sign(data, hash) as Buffer | Error;
      if (signature instanceof Error) throw signature;
      return signature;
    },
  };
}

async function agentIdentities(socket: string, patience: number, problems: unknown[]): Promise<Identity[]> {
  const agent = ssh2.createAgent(socket);
  const held = await new Promise<ParsedKey[]>((resolve) => {
    const silent = (why: string) => {
      problems.push(new Error(`the agent at ${socket} does not answer: ${why}`));
      resolve([]);
    };
    // Listing asks nobody: an agent that is stuck, as a forwarded one may be, is not waited for.
    const timer = setTimeout(silent, patience, `for ${patience / 1000} s`);
    agent.getIdentities((error, found) => {
      clearTimeout(timer);
      if (error) silent(errorText(error));
      else resolve((found ?? []) as ParsedKey[]);
    });
  });
  return held.map((publicKey) => ({
    publicKey,
    label: `agent: ${publicKey.comment || publicKey.type}`,
    sign: (data, options) =>
      new Promise((resolve, reject) => {
        agent.sign(publicKey, data, options, (error, signature) =>
          signature === undefined ? reject(error ?? new Error('the agent refused to sign')) : resolve(signature),
        );
      }),
  }));
}

/** All of them as the one agent that ssh2 goes through, key by key. */
export function offerAll(identities: readonly Identity[], onRefusal: (why: unknown) => void): BaseAgent<ParsedKey> {
  const answer = async (signing: Promise<Buffer>, done: SignCallback | undefined) => {
    try {
      done?.(undefined, await signing);
    } catch (error) {
      onRefusal(error);
      done?.(error instanceof Error ? error : new Error(String(error)));
    }
  };
  class OfferedKeys extends ssh2.BaseAgent<ParsedKey> {
    getIdentities(callback: IdentityCallback<ParsedKey>): void {
      callback(
        undefined,
        identities.map(({ publicKey }) => publicKey),
      );
    }

    sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignCallback, callback?: SignCallback): void {
      const done = typeof options === 'function' ? options : callback;
      const wanted = typeof options === 'function' ? {} : options;
      const identity = identities.find(({ publicKey }) => publicKey === key);
      if (identity === undefined) return void done?.(new Error('no such key'));
      void answer(identity.sign(data, wanted), done);
    }
  }
  return new OfferedKeys();
}

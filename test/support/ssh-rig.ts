import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OoError } from '../../lib/common/errors.ts';
import type { SshSettings } from '../../lib/installer/config/ssh-settings.ts';
import type { Prompter } from '../../lib/installer/prompter.ts';
import { type GivenPasswords, sshCredentials } from '../../lib/installer/transport/ssh/credentials.ts';
import type { HostKeyVerifier } from '../../lib/installer/transport/ssh/host-key-verifier.ts';
import { sshTransport, type SshTransportOptions } from '../../lib/installer/transport/ssh/ssh-transport.ts';
import { newKey } from './ssh-server.ts';

/** Trusts every key: these tests are about what comes after. */
export const trustingVerifier: HostKeyVerifier = { algorithms: async () => undefined, verify: async () => undefined };

/** A person who gives these answers, in order, and notes what was asked; nobody at all when there are none. */
export function answering(...answers: string[]): Prompter & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    interactive: answers.length > 0,
    asked,
    secret: async (question) => {
      asked.push(question);
      const answer = answers.shift();
      if (answer === undefined) throw new OoError('ANSWER_NEEDED', 'usage', `nobody answers ${question}`);
      return answer;
    },
    confirm: async () => false,
  };
}

/** A folder with a key of the user's, and settings for a server on a port of this machine. */
export function sshRig() {
  const dir = mkdtempSync(join(tmpdir(), 'oo-ssh-'));
  const key = newKey();
  const identity = join(dir, 'id_ed25519');
  writeFileSync(identity, key.private, { mode: 0o600 });
  mkdirSync(join(dir, 'opt'));
  const settings = (port: number, more: Partial<SshSettings> = {}): SshSettings => ({
    name: 'web1',
    hostName: '127.0.0.1',
    port,
    user: 'alice',
    identityFiles: [identity],
    identitiesGiven: true,
    identitiesOnly: false,
    agentSocket: undefined,
    jumps: [],
    hostKeyAlias: undefined,
    userKnownHostsFiles: [],
    globalKnownHostsFiles: [],
    strictHostKeys: 'ask',
    // What the tests are about comes after it: a machine that stands still for seconds is no server that does not answer.
    connectTimeout: 60_000,
    serverAliveInterval: 0,
    hashKnownHosts: false,
    warnings: [],
    ...more,
  });
  const transport = (
    port: number,
    options: Partial<SshTransportOptions> & { prompter?: Prompter; given?: GivenPasswords; host?: Partial<SshSettings> } = {},
  ) => {
    const { prompter = answering(), given = {}, host, ...rest } = options;
    return sshTransport({
      settings: settings(port, host),
      credentials: sshCredentials(prompter, given),
      hostKeys: trustingVerifier,
      optDir: join(dir, 'opt'),
      cacheDir: join(dir, 'cache'),
      ...rest,
    });
  };
  return { dir, key, identity, settings, transport, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

import { setTimeout as delay } from 'node:timers/promises';
import { extname } from 'node:path';
import { backoffDelay } from '../../../common/retry.ts';
import type { AgentConnection } from '../../agent/agent-client.ts';
import { agentPaths } from '../../agent/call-context.ts';
import { defaultCacheDir } from '../../artifacts/cache.ts';
import type { Artifact } from '../../artifacts/artifact.ts';
import { artifactPayload, filePayload, type Payload, recheckPacked } from '../../artifacts/packed-payload.ts';
import type { SshSettings } from '../../config/ssh-settings.ts';
import { isLoss } from '../call-again.ts';
import type { FileToSend, Transport } from '../transport.ts';
import type { Privilege } from './bootstrap.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { Credentials } from './credentials.ts';
import type { HostKeyVerifier } from './host-key-verifier.ts';
import { receiver, type SendOutcome, sendPayload } from './send-payload.ts';
import { sshErrors } from './ssh-errors.ts';

export interface SshTransportOptions {
  readonly settings: SshSettings;
  /** Shared by all servers of a run. */
  readonly credentials: Credentials;
  readonly hostKeys: HostKeyVerifier;
  /**
   * `root`: the server is looked at as root too, and sudo's password is asked for when it wants one. `unasked`: as root only where that takes
   * no password: enough to judge what is missing. @default root
   */
  readonly becomeRoot?: Privilege;
  /** Where packed artifacts are kept. @default as for downloads */
  readonly cacheDir?: string;
  /** Where the server keeps what it is sent. @default the agent's folder */
  readonly optDir?: string;
  /** Ends connecting and sending; not what the agent has begun. */
  readonly signal?: AbortSignal;
}

/** Bytes that a script may answer with. A probe has some ten thousand. */
const longestAnswer = 16 << 20;
/** ms for a script that only looks; each of its questions has a limit of its own, far below. */
const longestScript = 180_000;
/** Lost connections that are made anew without having got further in between. */
const fruitlessTries = 7;
const backoff = { base: 200, cap: 8000 };

/** A server that is reached over SSH. Nothing but sshd and /bin/sh is expected there. */
export function sshTransport(options: SshTransportOptions): Transport {
  return new SshTransport(options);
}

class SshTransport implements Transport {
  readonly name: string;
  readonly reach: NonNullable<Transport['reach']>;
  readonly #options: SshTransportOptions;
  readonly #pool: ConnectionPool;
  readonly #optDir: string;
  /** Files that only this run needs there. */
  readonly #sent = new Set<string>();

  constructor(options: SshTransportOptions) {
    this.name = options.settings.name;
    this.reach = { host: options.settings.hostName, jumped: options.settings.jumps.length > 0 };
    this.#options = options;
    this.#pool = new ConnectionPool(options);
    this.#optDir = options.optDir ?? agentPaths.optDir;
  }

  async runScript(script: string, args: readonly string[]): Promise<string> {
    const privilege = this.#options.becomeRoot ?? 'root';
    return this.#again(async () => {
      const { remote, connection } = await this.#pool.start({ privilege, script, args });
      remote.channel.end();
      const chunks: Buffer[] = [];
      let room = longestAnswer;
      remote.channel.on('data', (chunk: Buffer) => {
        // A server that goes on and on does not fill this machine's memory.
        if ((room -= chunk.length) >= 0) chunks.push(chunk);
        else remote.channel.close();
      });
      remote.channel.resume();
      // Nothing is changed by such a script: it can be left where it is.
      const left = Promise.withResolvers<never>();
      const leave = (why: unknown): void => (left.reject(why), remote.channel.close());
      const { signal } = this.#options;
      const onAbort = (): void => leave(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted === true) onAbort();
      const timer = setTimeout(() => leave(sshErrors.SSH_SCRIPT_SILENT(this.name, longestScript / 1000)), longestScript);
      try {
        const status = await Promise.race([remote.exited, connection.ended.then(() => undefined), left.promise]);
        if (status === undefined && !connection.isOpen) throw await connection.ended;
        return Buffer.concat(chunks).toString('utf8');
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      }
    });
  }

  async place(artifact: Artifact, target: string, onProgress: (bytes: number) => void): Promise<void> {
    await this.#send(artifactPayload(artifact), target, onProgress, `the ${artifact.kind}`);
  }

  async send(file: FileToSend, onProgress: (bytes: number) => void): Promise<string> {
    const extension = /^\.[a-z0-9]{1,8}$/.exec(extname(file.source))?.[0] ?? '';
    const target = `${this.#optDir}/files/${file.sha256}${extension}`;
    await this.#send(filePayload(file), target, onProgress, `the file ${file.sha256.slice(0, 12)}`);
    this.#sent.add(target);
    return target;
  }

  async connect(argv: readonly string[]): Promise<AgentConnection> {
    const { remote, connection } = await this.#pool.start({ privilege: 'root', script: 'exec "$@"', args: argv, stays: true });
    const ended = Promise.race([
      connection.ended,
      remote.exited.then((status) => new Error(remote.complaints() || `the relay ended with status ${status ?? 'none'}`)),
    ]);
    return { input: remote.channel, output: remote.channel, ended, close: () => remote.channel.end() };
  }

  async close(): Promise<void> {
    try {
      if (this.#sent.size > 0 && this.#pool.isOpen) {
        const { remote } = await this.#pool.start({ privilege: 'root', script: 'rm -f -- "$@"', args: [...this.#sent] });
        remote.channel.end();
        remote.channel.resume();
        await remote.exited;
      }
    } catch {
      // They go with the folder that they are in, when everything is uninstalled.
    } finally {
      this.#pool.close();
    }
  }

  async #send(payload: Payload, target: string, onProgress: (bytes: number) => void, what: string): Promise<void> {
    const { signal, cacheDir = defaultCacheDir() } = this.#options;
    const options = { payload, target, cacheDir, incoming: `${this.#optDir}/incoming`, onProgress, signal };
    let corrupt = 0;
    let had = -1;
    for (let fruitless = 0; ;) {
      let outcome: SendOutcome;
      try {
        const { script, args } = await receiver(options);
        const { remote, connection } = await this.#pool.start({ privilege: 'root', script, args });
        const onAbort = () => remote.channel.close();
        signal?.addEventListener('abort', onAbort);
        try {
          outcome = await sendPayload(remote, connection, options);
        } catch (error) {
          onAbort();
          throw error;
        } finally {
          signal?.removeEventListener('abort', onAbort);
        }
        signal?.throwIfAborted();
      } catch (error) {
        if (!isLoss(error) || !this.#pool.wasOpen) throw error;
        // It had been reached: that it was lost is told, not how it was missed afterwards.
        if (fruitless >= fruitlessTries)
          throw sshErrors.SSH_CONNECTION_LOST(this.name, `while ${what} was sent`, { cause: error });
        outcome = { state: 'cut', had };
      }
      if (outcome.state === 'done') return;
      if (outcome.state === 'failed') {
        const { packed, why } = outcome;
        // It is unpacked while it arrives: what has gone bad here may be no archive at all there.
        if (packed === undefined || (await recheckPacked(packed))) throw sshErrors.PLACE_FAILED(this.name, what, why);
        continue;
      }
      if (outcome.state === 'corrupt') {
        const { packed, actual } = outcome;
        if ((await recheckPacked(packed)) && corrupt++ > 0) throw sshErrors.PLACE_CORRUPT(this.name, what, packed.sha256, actual);
        continue;
      }
      fruitless = outcome.had > had ? 0 : fruitless + 1;
      had = Math.max(had, outcome.had);
      if (fruitless > fruitlessTries) throw sshErrors.SSH_CONNECTION_LOST(this.name, `while ${what} was sent`);
      await delay(backoffDelay(backoff, fruitless), undefined, signal === undefined ? {} : { signal });
    }
  }

  /** What only looks is done again when the connection was lost. */
  async #again<T>(fn: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await fn();
      } catch (error) {
        if (!this.#pool.wasOpen || !isLoss(error) || tries >= 2) throw error;
        await delay(backoffDelay(backoff, tries));
      }
    }
  }
}

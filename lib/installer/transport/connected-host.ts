import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { assetPath } from '../../common/assets.ts';
import { OoError } from '../../common/errors.ts';
import { type AgentClient, agentClient } from '../agent/agent-client.ts';
import { agentErrors } from '../agent/agent-errors.ts';
import { agentPaths } from '../agent/call-context.ts';
import { agentProtocol, type CallName, type CallParams, type CallResult } from '../agent/call-schemas.ts';
import { type Artifact, artifactDir } from '../artifacts/artifact.ts';
import { callAgain } from './call-again.ts';
import type { Facts } from './facts.ts';
import type { AgentChanges, AgentReads, Host, HostListener } from './host.ts';
import { parseFacts } from './parse-facts.ts';
import { transferProgress } from './transfer-progress.ts';
import type { FileToSend, Transport } from './transport.ts';

export interface HostOptions {
  readonly transport: Transport;
  readonly listener: HostListener;
  readonly dryRun: boolean;
  /** What brings the agent: it is put in place before the first call. */
  readonly artifacts: () => Promise<{ readonly runtime: Artifact; readonly openshift: Artifact }>;
  /**
   * Whose agent answers: `own`, that of `artifacts`, or `installed`, that of the version in use on the server, which is there without
   * anything being sent. The latter locks the server only for changes. @default own
   */
  readonly agent?: 'own' | 'installed';
  /** Who we are, for the lock on the server. */
  readonly owner: string;
  readonly takeLock: boolean;
  /** Folders that must have room, and images to look for: both go to the probe. */
  readonly probePaths: readonly string[];
  readonly probeImages: readonly string[];
  /** Name of the phase that is running: the journal keeps it. */
  readonly phase: () => string;
}

/** A host over any transport. */
export function connectHost(options: HostOptions): Host {
  return new ConnectedHost(options);
}

class ConnectedHost implements Host {
  readonly #options: HostOptions;
  #agent: Promise<AgentClient> | undefined;
  #changes = 0;
  /** Calls that the installed agent answers, where it says so. */
  #calls: ReadonlySet<string> | undefined;
  #locked = false;
  /** When we took the lock, as the server tells it. */
  #lockedSince: string | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.transport.name;
  }

  get dryRun(): boolean {
    return this.#options.dryRun;
  }

  get changes(): number {
    return this.#changes;
  }

  async probe(patience = 0): Promise<Facts> {
    const sentinel = `@@oo-install-${randomBytes(12).toString('hex')}@@`;
    const script = await readFile(assetPath('probe', 'probe.sh'), 'utf8');
    const { transport, probePaths, probeImages } = this.#options;
    const args = [sentinel, probePaths.join(','), probeImages.join(','), String(patience)];
    return parseFacts(await transport.runScript(script, args), sentinel);
  }

  readonly agent: AgentReads = {
    call: async (name, params, onLine) => {
      if (this.dryRun) throw new TypeError(`${name}: a dry run has no agent`);
      return this.#call(name, params, '', onLine);
    },
  };

  async change<T>(description: string, fn: (agent: AgentChanges) => Promise<T>): Promise<T | undefined> {
    this.#options.listener.changing(description);
    this.#changes++;
    if (this.dryRun) return undefined;
    return fn({ call: (name, params) => this.#call(name, params, description) });
  }

  async place(artifact: Artifact): Promise<void> {
    this.#options.listener.changing(
      `put ${artifact.kind === 'openshift' ? 'OpenShift' : `the ${artifact.kind}`} in place (${Math.round(artifact.size / 1e6)} MB)`,
    );
    this.#changes++;
    if (this.dryRun) return;
    await this.#options.transport.place(artifact, artifactDir(agentPaths.optDir, artifact), this.#sent(artifact.size));
  }

  send(file: FileToSend): Promise<string> {
    return this.#options.transport.send(file, this.#sent(file.size));
  }

  #sent(size: number): (bytes: number) => void {
    return transferProgress(size, (line) => this.#options.listener.progress(line));
  }

  progress(message: string): void {
    this.#options.listener.progress(message);
  }

  note(message: string): void {
    this.#options.listener.note(message);
  }

  warn(message: string): void {
    this.#options.listener.warn(message);
  }

  async close(): Promise<void> {
    const agent = await this.#agent?.catch(() => undefined);
    agent?.close();
    await this.#options.transport.close();
  }

  async #call<K extends CallName>(
    name: K,
    params: CallParams<K>,
    description: string,
    onLine?: (line: string) => void,
  ): Promise<CallResult<K>> {
    const attempt = () => this.#callOnce(name, params, description, onLine);
    const lost = () => {
      this.#agent = undefined;
      this.#locked = false;
    };
    // Lines that somebody reads as they come must not come twice.
    return onLine === undefined ? callAgain(name, attempt, lost) : attempt();
  }

  async #callOnce<K extends CallName>(
    name: K,
    params: CallParams<K>,
    description: string,
    onLine = (line: string) => this.#options.listener.progress(line),
  ): Promise<CallResult<K>> {
    this.#agent ??= this.#options.agent === 'installed' ? this.#connectInstalled() : this.#connect();
    const agent = await this.#agent;
    if (this.#calls?.has(name) === false) throw agentErrors.AGENT_TOO_OLD(this.name, name);
    if (description !== '' && !this.#locked) await this.#lock(agent);
    return agent.call(name, params, {
      onProgress: onLine,
      ...(description === '' ? {} : { change: { phase: this.#options.phase() || 'none', description } }),
    });
  }

  /** Our own version of the agent, and the lock. An older agent that is idle makes way. */
  async #connect(): Promise<AgentClient> {
    const { openshift, runtime } = await this.#options.artifacts();
    const argv = [
      `${artifactDir(agentPaths.optDir, runtime)}/node`,
      `${artifactDir(agentPaths.optDir, openshift)}/agent.mjs`,
      'connect',
    ];
    for (let attempt = 0; attempt < 5; attempt++) {
      const agent = agentClient(await this.#options.transport.connect(argv), this.name);
      const { bundle } = await agent.call('hello', {});
      if (bundle === openshift.sha256) {
        await this.#lock(agent);
        return agent;
      }
      await this.#lock(agent);
      await agent.call('agent.exit', {});
      agent.close();
    }
    throw new OoError('AGENT_STAYS', 'conflict', `${this.name}: another version's agent keeps running there`);
  }

  /** The agent of the version in use, or whichever runs already. */
  async #connectInstalled(): Promise<AgentClient> {
    const current = (kind: string) => `${agentPaths.optDir}/${kind}/current`;
    const argv = [`${current('runtime')}/node`, `${current('openshift')}/agent.mjs`, 'connect'];
    const agent = agentClient(await this.#options.transport.connect(argv), this.name);
    const { protocol = 0, calls = [] } = await agent.call('hello', {});
    if (protocol !== agentProtocol) throw agentErrors.AGENT_INCOMPATIBLE(this.name, protocol, agentProtocol);
    this.#calls = new Set(calls);
    return agent;
  }

  async #lock(agent: AgentClient): Promise<void> {
    const { owner, takeLock: force } = this.#options;
    const take = (anyway: boolean) =>
      agent.call('lock.take', { owner, force: anyway }, { onProgress: (line: string) => this.#options.listener.progress(line) });
    let lock = await take(force);
    // A connection that we lost may live on there for a while, and hold the lock for us.
    if (!lock.taken && lock.owner === owner && lock.since === this.#lockedSince) lock = await take(true);
    if (!lock.taken) throw agentErrors.HOST_LOCKED(lock.owner, lock.seconds, lock.doing);
    this.#locked = true;
    this.#lockedSince = lock.since;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, processStart } from './process-identity.ts';
import { openServiceLog, rotateServiceLog } from './service-log.ts';

/** What the supervisor is asked to keep running. */
export interface ServiceSpec {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Path of its log file. */
  readonly log: string;
  /** ms from SIGTERM to SIGKILL. */
  readonly grace: number;
}

/** How long the supervisor waits before it starts a crashed service again, in ms. */
export interface RestartPolicy {
  readonly base: number;
  readonly cap: number;
  /** A service that ran this long has recovered: the next crash waits `base` again. */
  readonly stable: number;
}
export const defaultRestartPolicy: RestartPolicy = { base: 1000, cap: 30_000, stable: 60_000 };

/** What `list` answers. */
export interface ServiceStatus {
  readonly name: string;
  readonly running: boolean;
  readonly pid: number;
  readonly restarts: number;
  readonly reason: string;
}

/** One supervised process: started, started again after a crash with growing pauses, stopped cleanly. */
export class Service {
  readonly spec: ServiceSpec;
  readonly #policy: RestartPolicy;
  /** Where a later supervisor finds the process, should this one be killed. */
  readonly #stateFile: string;
  #pid = 0;
  #start = '';
  #startedAt = 0;
  #restarts = 0;
  #failures = 0;
  #reason = 'not started yet';
  #stopping = false;
  #timer: NodeJS.Timeout | undefined;
  #ended: (() => void) | undefined;

  constructor(spec: ServiceSpec, stateFile: string, policy: RestartPolicy) {
    this.spec = spec;
    this.#stateFile = stateFile;
    this.#policy = policy;
  }

  status(): ServiceStatus {
    return {
      name: this.spec.name,
      running: this.#pid > 0 && isAlive(this.#pid, this.#start),
      pid: this.#pid,
      restarts: this.#restarts,
      reason: this.#reason,
    };
  }

  start(): void {
    rotateServiceLog(this.spec.log);
    const log = openServiceLog(this.spec.log);
    const [program = '', ...args] = this.spec.argv;
    try {
      // Its own session: it outlives us, the agent and the shell.
      const child = spawn(program, args, { detached: true, cwd: '/', env: this.spec.env, stdio: ['ignore', log, log] });
      this.#watch(child);
    } finally {
      closeSync(log);
    }
  }

  /** Goes on with a process that an earlier supervisor started; a dead one is started anew. */
  adopt(pid: number, start: string): void {
    if (!isAlive(pid, start)) return this.start();
    this.#became(pid, start);
    const poll = setInterval(() => {
      if (isAlive(pid, start)) return;
      clearInterval(poll);
      this.#exited('ended while no supervisor was there to see why');
    }, 500);
  }

  /** Ends it: SIGTERM, and SIGKILL to all of its group after the grace. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    rmSync(this.#stateFile, { force: true });
    if (this.#pid === 0 || !isAlive(this.#pid, this.#start)) return;
    const pid = this.#pid;
    const ended = new Promise<void>((resolve) => (this.#ended = resolve));
    signal(pid, 'SIGTERM');
    const kill = setTimeout(() => signal(-pid, 'SIGKILL'), this.spec.grace);
    await ended;
    clearTimeout(kill);
  }

  /** Called now and then. */
  tend(): void {
    rotateServiceLog(this.spec.log);
  }

  #watch(child: ChildProcess): void {
    child.on('error', (error) => this.#exited(error.message));
    child.on('exit', (code, name) => this.#exited(name === null ? `ended with status ${code}` : `ended by ${name}`));
    if (child.pid !== undefined) this.#became(child.pid, processStart(child.pid) ?? '');
  }

  #became(pid: number, start: string): void {
    this.#pid = pid;
    this.#start = start;
    this.#startedAt = Date.now();
    this.#reason = '';
    writeFileSync(this.#stateFile, JSON.stringify({ pid, start, spec: this.spec }), { mode: 0o600 });
  }

  #exited(reason: string): void {
    this.#pid = 0;
    this.#reason = reason;
    this.#ended?.();
    if (this.#stopping) return;
    if (Date.now() - this.#startedAt > this.#policy.stable) this.#failures = 0;
    const wait = Math.min(this.#policy.cap, this.#policy.base * 2 ** Math.min(this.#failures, 16));
    this.#failures++;
    this.#reason = `${reason}; next start in ${wait / 1000} s`;
    this.#timer = setTimeout(() => {
      this.#restarts++;
      this.start();
    }, wait);
  }
}

/** What a state file says, or undefined when it was cut off. */
export function readServiceState(path: string): { pid: number; start: string; spec: ServiceSpec } | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as { pid: number; start: string; spec: ServiceSpec };
  } catch {
    return undefined;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself in between.
  }
}

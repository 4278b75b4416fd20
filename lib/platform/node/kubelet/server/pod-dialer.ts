import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { NodePod } from './pod-source.ts';

/** Opens a TCP connection to a port of a pod as a process inside the pod would, on its loopback. Rejects with why not. */
export type PodDial = (pod: NodePod, port: number) => Promise<Socket>;

/** How long a helper stays in a pod's network namespace after its last connection was made. */
const IDLE_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Runs inside the pod's network namespace: connects, and hands the connected socket back over the IPC channel, so that no
 * byte of the stream passes through it. It needs nothing of the pod's files, and ends when the channel closes.
 */
const HELPER = `
const net = require('node:net');
process.on('message', ({ id, port, timeout }) => {
  const attempt = (hosts, first) => {
    const socket = net.connect({ host: hosts[0], port, allowHalfOpen: true, noDelay: true });
    socket.pause();
    const timer = setTimeout(() => socket.destroy(new Error('i/o timeout')), timeout);
    const failed = (error) => {
      clearTimeout(timer);
      const text = error.code === 'ECONNREFUSED' ? 'connection refused' : error.message;
      const why = (hosts[0] === '::1' ? 'IPv6: dial tcp6 [::1]:' : 'IPv4: dial tcp4 127.0.0.1:') + port + ': connect: ' + text;
      if (hosts.length > 1) attempt(hosts.slice(1), why);
      else process.send({ id, error: first === undefined ? why : first + ' ' + why });
    };
    socket.on('error', failed);
    socket.on('connect', () => {
      clearTimeout(timer);
      socket.off('error', failed).on('error', () => {});
      process.send({ id }, socket);
    });
  };
  attempt(['127.0.0.1', '::1']);
});
process.on('disconnect', () => process.exit(0));
`;

interface Answer {
  readonly id: number;
  readonly error?: string;
}

/** One helper process in one network namespace. */
class NamespaceHelper {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (socket: Socket) => void; reject: (error: Error) => void }>();
  readonly #idle: NodeJS.Timeout;
  #next = 0;

  constructor(netns: string, onGone: () => void) {
    this.#child = spawn('nsenter', [`--net=${netns}`, '--', process.execPath, '--eval', HELPER], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#idle = setTimeout(() => this.close(), IDLE_MS);
    this.#child.on('message', (answer: Answer, handle) => this.#answer(answer, handle as Socket | undefined));
    const gone = (why: string): void => {
      clearTimeout(this.#idle);
      onGone();
      for (const { reject } of this.#waiting.values()) reject(new HelperGoneError(why));
      this.#waiting.clear();
    };
    this.#child.on('error', (error) => gone(error.message));
    this.#child.on('exit', (code) => gone(`exit status ${code}`));
  }

  connect(port: number): Promise<Socket> {
    const id = this.#next++;
    this.#idle.refresh();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, port, timeout: CONNECT_TIMEOUT_MS }, (error) => {
        if (error !== null) this.#settle(id)?.reject(new HelperGoneError(error.message));
      });
    });
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #settle(id: number): { resolve: (socket: Socket) => void; reject: (error: Error) => void } | undefined {
    const waiter = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiter;
  }

  #answer(answer: Answer, socket: Socket | undefined): void {
    const waiter = this.#settle(answer.id);
    if (socket === undefined) return void waiter?.reject(new Error(answer.error ?? 'no socket'));
    if (waiter === undefined) return void socket.destroy();
    socket.allowHalfOpen = true;
    waiter.resolve(socket);
  }
}

/** The helper could not run, so it says nothing about the port. */
class HelperGoneError extends Error {}

/** Dials into pods through one short-lived helper per network namespace. `close` ends the helpers; connections stay. */
export class PodDialer {
  readonly #helpers = new Map<string, NamespaceHelper>();

  readonly dial: PodDial = async (pod, port) => {
    if (pod.object.spec?.hostNetwork === true) return connectTo('127.0.0.1', port);
    if (pod.sandbox === undefined) throw new Error('the pod has no network yet');
    try {
      return await this.#helper(pod.sandbox.netns).connect(port);
    } catch (error) {
      if (error instanceof HelperGoneError && pod.podIP !== undefined) return connectTo(pod.podIP, port);
      const why = (error as Error).message;
      throw new Error(`failed to connect to localhost:${port} inside namespace "${pod.sandbox.netns}", ${why}`, { cause: error });
    }
  };

  #helper(netns: string): NamespaceHelper {
    let helper = this.#helpers.get(netns);
    if (helper === undefined) {
      const made = new NamespaceHelper(netns, () => {
        if (this.#helpers.get(netns) === made) this.#helpers.delete(netns);
      });
      this.#helpers.set(netns, (helper = made));
    }
    return helper;
  }

  close(): void {
    for (const helper of this.#helpers.values()) helper.close();
    this.#helpers.clear();
  }
}

async function connectTo(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
    return socket;
  } catch (error) {
    socket.destroy();
    throw new Error(`dial tcp ${host}:${port}: ${(error as Error).message}`, { cause: error });
  }
}

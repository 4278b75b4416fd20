import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { PassThrough, Readable, type Writable } from 'node:stream';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import type { NodeContainer, NodePod, PodSource } from '../../../../../lib/platform/node/kubelet/server/pod-source.ts';
import type {
  AttachSession,
  ContainerRuntime,
  ExecOptions,
  ExecSession,
  LogOptions,
} from '../../../../../lib/platform/runtime/container-runtime.ts';

/** Containers that are this machine's own processes: an exec is a child process, a log is text. */
export class LocalRuntime implements Pick<ContainerRuntime, 'exec' | 'attach' | 'logs'> {
  readonly sizes: { width: number; height: number }[] = [];
  readonly children: ChildProcess[] = [];
  readonly logRequests: { id: string; options: LogOptions }[] = [];
  /** What `logs` answers; a function is called per request. */
  log: (options: LogOptions) => Readable = () => Readable.from([Buffer.from('line 1\nline 2\n')]);
  attached = new PassThrough();
  attachInput = new PassThrough();
  sessionsClosed = 0;

  async exec(_id: string, options: ExecOptions): Promise<ExecSession> {
    const [file, ...args] = options.command;
    if (file === 'missing') throw new Error('executable file not found in $PATH');
    const child = spawn(file!, args, { stdio: [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'] }) as ChildProcessByStdio<
      Writable | null,
      Readable,
      Readable
    >;
    this.children.push(child);
    const exit = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 137)));
    return {
      stdin: child.stdin ?? undefined,
      stdout: child.stdout,
      stderr: options.tty ? undefined : child.stderr,
      resize: async (size) => void this.sizes.push(size),
      wait: () => exit,
      close: () => void this.sessionsClosed++,
    };
  }

  async attach(): Promise<AttachSession> {
    return {
      stdin: this.attachInput,
      stdout: this.attached,
      stderr: undefined,
      resize: async (size) => void this.sizes.push(size),
      close: () => void this.sessionsClosed++,
      socket: this.attachInput,
    };
  }

  async logs(id: string, options: LogOptions): Promise<Readable> {
    this.logRequests.push({ id, options });
    return this.log(options);
  }
}

/** A pod source of one pod `web` in `default`, in this process's own network namespace. */
export function onePod(containers: Record<string, Partial<NodeContainer>>, spec: Record<string, unknown> = {}): PodSource {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid: 'a-uid' },
    spec: { containers: Object.keys(containers).map((name) => ({ name })), ...spec },
    status: { phase: 'Running' },
  };
  const pod: NodePod = {
    object,
    sandbox: { id: 'sandbox-id', pid: process.pid, netns: '/proc/self/ns/net' },
    podIP: '127.0.0.1',
    containers: new Map(
      Object.entries(containers).map(([name, part]) => [
        name,
        { state: 'running', reason: '', id: undefined, previousId: undefined, ...part },
      ]),
    ),
  };
  return {
    find: (namespace, name, uid) => (namespace === 'default' && name === 'web' && (uid ?? 'a-uid') === 'a-uid' ? pod : undefined),
    list: () => [pod],
  };
}

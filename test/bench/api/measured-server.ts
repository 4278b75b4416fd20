import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/common/assets.ts';
import type { Answers } from './floor-server.ts';
import { COLLECTION, configMap } from './load.ts';
import type { Command } from './server-process.ts';

/** A server process and a client for it. */
export class MeasuredServer implements Disposable {
  readonly #child: ChildProcess;
  readonly #agent: Agent;
  readonly #port: number;

  constructor(child: ChildProcess, hello: { port: number; caPem: string; certPem: string; keyPem: string }, inFlight: number) {
    this.#child = child;
    this.#port = hello.port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: inFlight, ca: hello.caPem, cert: hello.certPem, key: hello.keyPem });
  }

  static async start(args: readonly string[], inFlight: number): Promise<MeasuredServer> {
    const child = fork(join(packageRoot(), 'test', 'bench', 'api', 'server-process.ts'), args, {
      execArgv: ['--disable-warning=ExperimentalWarning'],
    });
    const [hello] = (await once(child, 'message')) as [ConstructorParameters<typeof MeasuredServer>[1]];
    return new MeasuredServer(child, hello, inFlight);
  }

  tell(command: Command): void {
    this.#child.send(command);
  }

  async report(): Promise<{ p99: number }> {
    const answer = once(this.#child, 'message');
    this.tell({ kind: 'report' });
    return ((await answer) as [{ p99: number }])[0];
  }

  /** Teaches the floor what to say. */
  async learn(answers: Answers): Promise<void> {
    this.tell({ kind: 'answers', answers });
    // The server reads its messages in turn: once it has reported, it knows the answers.
    await this.report();
  }

  /** A merge patch of one value. */
  patch(name: string, value: string): Promise<string> {
    return this.call('PATCH', `${COLLECTION}/${name}`, `{"data":{"value":"${value}"}}`, 'application/merge-patch+json');
  }

  /** A server-side apply of the whole object, by a manager of its own. */
  apply(name: string, value: string): Promise<string> {
    const path = `${COLLECTION}/${name}?fieldManager=bench&force=true`;
    return this.call('PATCH', path, configMap(name, value), 'application/apply-patch+yaml');
  }

  open(
    method: string,
    path: string,
    body?: string,
    type = 'application/json',
    agent: Agent = this.#agent,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
      request({ agent, host: '127.0.0.1', port: this.#port, method, path, headers }, resolve).once('error', reject).end(body);
    });
  }

  async call(method: string, path: string, body?: string, type?: string): Promise<string> {
    const response = await this.open(method, path, body, type);
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString('utf8');
    if (response.statusCode! >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`);
    return text;
  }

  /** A watch on a connection of its own; counts frames. */
  async watch(path: string, onFrames: (count: number) => void): Promise<Disposable> {
    const agent = new Agent({ ...this.#agent.options, keepAlive: false, maxSockets: 1 });
    const response = await this.open('GET', path, undefined, undefined, agent);
    response.on('data', (chunk: Buffer) => {
      let count = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count++;
      onFrames(count);
    });
    response.on('error', () => undefined);
    return { [Symbol.dispose]: () => response.destroy() };
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
    this.#child.disconnect();
  }
}

import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import {
  agentProtocol,
  type CallName,
  type CallParams,
  type CallResult,
  callSchemas,
} from '../../lib/installer/agent/call-schemas.ts';
import type { Transport } from '../../lib/installer/transport/transport.ts';
import { probeOutput, sentinel } from './probe-output.ts';

interface Expected {
  readonly call: CallName;
  readonly params: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
  /** Lines of progress before the answer. */
  readonly lines: readonly string[];
}

/**
 * A server whose probe and agent know their part by heart, for whole commands: the agent answers the calls that it was told to expect, each as
 * often as it was told, in any order, and fails on any other. An answer of `never` keeps the caller waiting.
 */
export class ScriptedServer implements Transport {
  readonly name = 'web1';
  readonly unexpected: string[] = [];
  /** Connections that were closed by the caller. */
  closed = 0;
  /** What `hello` answers. */
  hello: object = { bundle: 'x', pid: 1, uid: 0, protocol: agentProtocol, calls: Object.keys(callSchemas) };
  reach?: { readonly host: string; readonly jumped: boolean };
  readonly #probe: { fields: Readonly<Record<string, string | undefined>>; lines: readonly string[] };
  readonly #script: Expected[] = [];

  constructor(fields: Readonly<Record<string, string | undefined>>, lines: readonly string[] = []) {
    this.#probe = { fields, lines };
  }

  expect<K extends CallName>(
    call: K,
    params: Partial<CallParams<K>>,
    answer: CallResult<K> | 'never',
    lines: string[] = [],
  ): this {
    this.#script.push({ call, params: params as Record<string, unknown>, answer, lines });
    return this;
  }

  done(): void {
    assert.deepEqual(this.unexpected, [], 'calls that were not expected');
    assert.deepEqual(
      this.#script.map(({ call }) => call),
      [],
      'calls that were expected and never made',
    );
  }

  async runScript(_script: string, [wanted = '']: readonly string[]): Promise<string> {
    return probeOutput(this.#probe.fields, this.#probe.lines).replaceAll(sentinel, wanted);
  }

  place(): Promise<void> {
    return Promise.reject(new Error('nothing was to be sent'));
  }

  send(): Promise<string> {
    return Promise.reject(new Error('nothing was to be sent'));
  }

  async connect(): Promise<Awaited<ReturnType<Transport['connect']>>> {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const { promise: ended, resolve: end } = Promise.withResolvers<Error>();
    createInterface({ input: output }).on('line', (line) => {
      const { id, call, params } = JSON.parse(line) as { id: number; call: CallName; params: Record<string, unknown> };
      const send = (frame: object): void => void input.write(`${JSON.stringify({ id, ...frame })}\n`);
      if (call === 'hello') return send({ result: this.hello });
      if (call === 'lock.take') return send({ result: { taken: true, owner: '', since: '' } });
      const at = this.#script.findIndex((one) => one.call === call && matches(one.params, params));
      if (at < 0) {
        this.unexpected.push(`${call} ${JSON.stringify(params)}`);
        return send({ error: { code: 'UNEXPECTED_CALL', failure: 'internal', message: `${call} was not expected` } });
      }
      const [{ answer, lines }] = this.#script.splice(at, 1) as [Expected];
      for (const progress of lines) send({ progress });
      if (answer !== 'never') send({ result: answer });
    });
    const close = (): void => {
      this.closed++;
      end(new Error('closed'));
    };
    return { input, output, ended, close };
  }

  async close(): Promise<void> {}
}

function matches(wanted: Readonly<Record<string, unknown>>, params: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(params[key], value));
}

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { CallName, CallParams, CallResult } from '../../lib/installer/agent/call-schemas.ts';
import { callSchemas } from '../../lib/installer/agent/call-schemas.ts';
import type { Artifact } from '../../lib/installer/artifacts/artifact.ts';
import type { Facts } from '../../lib/installer/transport/facts.ts';
import type { AgentChanges, AgentReads, Host } from '../../lib/installer/transport/host.ts';
import type { FileToSend } from '../../lib/installer/transport/transport.ts';

/** A call that the agent is expected to get next, and what it answers. */
interface Expected {
  readonly call: CallName;
  /** Those of the parameters that matter. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
}

/**
 * A host that knows its part by heart: it answers the calls that it was told to expect, in their order, and fails on any other. A mock
 * that lets everything through would prove nothing.
 */
export class ScriptedHost implements Host {
  readonly name = 'scripted';
  readonly dryRun: boolean;
  readonly told: string[] = [];
  readonly notes: string[] = [];
  readonly warnings: string[] = [];
  readonly placed: string[] = [];
  readonly lines: string[] = [];
  readonly #script: Expected[] = [];
  readonly #later: Facts[] = [];
  #facts: Facts;

  constructor(facts: Facts, options: { dryRun?: boolean } = {}) {
    this.#facts = facts;
    this.dryRun = options.dryRun ?? false;
  }

  get changes(): number {
    return this.told.length;
  }

  /** The next call, in order. `params` may leave out what the test does not care for. */
  expect<K extends CallName>(call: K, params: Partial<CallParams<K>>, answer: CallResult<K> | Error): this {
    this.#script.push({ call, params: params as Record<string, unknown>, answer });
    return this;
  }

  /** Fails when something that was expected did not happen. */
  done(): void {
    assert.deepEqual(
      this.#script.map(({ call }) => call),
      [],
      'calls that were expected and never made',
    );
  }

  readonly agent: AgentReads = {
    call: async (name, params) => {
      if (this.dryRun) assert.fail(`a dry run called ${name}`);
      assert.equal(callSchemas[name].changes, false, `${name} changes the host outside of change()`);
      return this.#answer(name, params);
    },
  };

  async change<T>(description: string, fn: (agent: AgentChanges) => Promise<T>): Promise<T | undefined> {
    this.told.push(description);
    if (this.dryRun) return undefined;
    return fn({ call: async (name, params) => this.#answer(name, params) });
  }

  /** What later looks at it find, in order; the last one stays. */
  becomes(...facts: Facts[]): this {
    this.#later.push(...facts);
    return this;
  }

  async probe(): Promise<Facts> {
    this.#facts = this.#later.shift() ?? this.#facts;
    return this.#facts;
  }

  progress(message: string): void {
    this.lines.push(message);
  }

  async place(artifact: Artifact): Promise<void> {
    this.told.push(`place ${artifact.kind}`);
    if (!this.dryRun) this.placed.push(artifact.sha256);
  }

  async send(file: FileToSend): Promise<string> {
    return file.source;
  }

  note(message: string): void {
    this.notes.push(message);
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  async close(): Promise<void> {
    this.done();
  }

  #answer<K extends CallName>(name: K, params: CallParams<K>): CallResult<K> {
    callSchemas[name].params.parse(params);
    const next = this.#script.shift();
    assert.ok(next !== undefined, `unexpected call ${name} ${JSON.stringify(params)}`);
    assert.equal(name, next.call, `unexpected call ${name} ${JSON.stringify(params)}; ${next.call} was expected`);
    for (const [key, value] of Object.entries(next.params)) {
      const actual = (params as Record<string, unknown>)[key];
      assert.ok(isDeepStrictEqual(actual, value), `${name}: ${key} is ${JSON.stringify(actual)}, not ${JSON.stringify(value)}`);
    }
    if (next.answer instanceof Error) throw next.answer;
    return next.answer as CallResult<K>;
  }
}

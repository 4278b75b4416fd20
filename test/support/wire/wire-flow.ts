import assert from 'node:assert/strict';

/** What was read so far: tokens, versions, whole objects that are sent back. */
// oxlint-disable-next-line typescript/no-explicit-any -- answers have every shape
export type Kept = Record<string, any>;

/** An answer as a client has it before it reads it. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; empty when it is none. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly object: any;
  /** The body's lines as JSON, of a watch. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly events: readonly any[];
}

/** How a client wants answers, and so what it is. Of oc: typed clients of built-in kinds, those of OpenShift's, `get`, discovery. */
export const ACCEPT = {
  typed: 'application/vnd.kubernetes.protobuf,application/json',
  json: 'application/json, */*',
  table: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json',
  discovery:
    'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json',
} as const;

/** One request, and what the client reads out of the answer. */
export interface WireStep {
  /** Method, path and query: `GET /api/v1/namespaces`. */
  readonly call: string;
  /** @default json */
  readonly accept?: keyof typeof ACCEPT;
  readonly headers?: Readonly<Record<string, string>>;
  /** At most one of the bodies. */
  readonly json?: object;
  readonly protobuf?: object;
  readonly form?: Readonly<Record<string, string>>;
  /** As it was recorded. */
  readonly bytes?: { readonly type: string; readonly body: Buffer };
  /** Bytes as `start-build` sends them: in chunks, without a content type. */
  readonly upload?: Buffer;
  /** The content type of a patch, whose body is `json`. */
  readonly patch?: 'merge' | 'strategic' | 'json';
  /** A client that has no token yet. */
  readonly anonymous?: boolean;
  readonly status: number;
  /** A part of the answer's object. */
  readonly reads?: object;
  /** Whatever else it reads; `false` or a throw fails the step. */
  readonly check?: (answer: WireAnswer) => unknown;
  /** What later steps need of it. */
  readonly keep?: (answer: WireAnswer) => Kept;
  /** A watch, which the client ends after this event. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly watchUntil?: (event: any) => boolean;
  /** Sent again until the answer is this: what oc polls for, or what controllers have to do first. */
  readonly poll?: boolean;
  /** How long nothing may come, or what is polled for may take, ms of an idle machine. @default 10000 */
  readonly patience?: number;
  /** Somebody who is no member sends it first, and is refused. */
  readonly membersOnly?: boolean;
}

/** The requests of one command of oc, in its order. */
export interface WireFlow {
  /** As typed: `oc new-project shop`. */
  readonly command: string;
  readonly steps: readonly (WireStep | ((kept: Kept) => WireStep))[];
}

/** Throws unless the answer has what the step says the client reads. */
export function assertRead(step: WireStep, answer: WireAnswer): void {
  assert.equal(answer.status, step.status, `${step.call}: ${answer.text.slice(0, 2_000)}`);
  if (step.reads !== undefined)
    assert.partialDeepStrictEqual(answer.object, step.reads, `${step.call}: ${answer.text.slice(0, 4_000)}`);
  if (step.check?.(answer) === false) throw new Error(`${step.call}: not what oc needs: ${answer.text.slice(0, 4_000)}`);
}

import type { ChangeLabel } from '../agent/agent-client.ts';
import type { CallParams, CallResult, ChangeName, ReadName } from '../agent/call-schemas.ts';
import type { Artifact } from '../artifacts/artifact.ts';
import type { Facts } from './facts.ts';
import type { FileToSend } from './transport.ts';

/** Calls that only look. */
export interface AgentReads {
  /** `onLine`: what it tells on the way goes there, and to no one else. */
  call<K extends ReadName>(name: K, params: CallParams<K>, onLine?: (line: string) => void): Promise<CallResult<K>>;
}

/** Calls that change the server too: to be had inside `Host.change` only. */
export interface AgentChanges extends AgentReads {
  call<K extends ReadName | ChangeName>(name: K, params: CallParams<K>): Promise<CallResult<K>>;
}

/** A server under installation, as phases see it, wherever it is and however it is reached. */
export interface Host {
  readonly name: string;
  /** Nothing is changed; what would be is told. */
  readonly dryRun: boolean;
  /** How many changes were made (or told, in a dry run). */
  readonly changes: number;
  /** Looks at it anew, in one round trip. `patience`: whole seconds that it first waits, on the server, for cloud-init to end. */
  probe(patience?: number): Promise<Facts>;
  /** The agent, started when it is first needed. Not to be had in a dry run, whose phases judge by the facts alone. */
  readonly agent: AgentReads;
  /**
   * The one gate of every change: tells it, journals it, carries it out; or only tells it, in a dry run. `description` is an imperative
   * sentence without a full stop: `start Docker`. Answers what `fn` does, or undefined in a dry run.
   */
  change<T>(description: string, fn: (agent: AgentChanges) => Promise<T>): Promise<T | undefined>;
  /** Puts an artifact's folder in place (before there is an agent: it is what brings it). A change, told and counted, not journalled. */
  place(artifact: Artifact): Promise<void>;
  /** Makes a file readable on the server and answers its path there. */
  send(file: FileToSend): Promise<string>;
  /** A line of something that takes long. */
  progress(message: string): void;
  /** Something a person should know that is neither a change nor an error. */
  note(message: string): void;
  warn(message: string): void;
  close(): Promise<void>;
}

/** What a host tells while it works. The phase that is running is known to whoever listens. */
export interface HostListener {
  changing(description: string): void;
  progress(line: string): void;
  note(message: string): void;
  warn(message: string): void;
}

export type { ChangeLabel };

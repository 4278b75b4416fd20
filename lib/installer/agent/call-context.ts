import { join } from 'node:path';
import type { CallName, CallParams, CallResult } from './call-schemas.ts';
import type { Journal } from './journal/journal.ts';

/** Where the installer's own things stand on a server. */
export interface AgentPaths {
  /** Runtimes and bundles, each in a folder named by its hash. */
  readonly optDir: string;
  /** The journal. Survives reboots. */
  readonly stateDir: string;
  /** Sockets and process files. Gone after a reboot. */
  readonly runDir: string;
}

export const agentPaths: AgentPaths = { optDir: '/opt/oo-install', stateDir: '/var/lib/oo-install', runDir: '/run/oo-install' };

/** Where the agent answers. */
export function agentSocket(paths: Pick<AgentPaths, 'runDir'>): string {
  return join(paths.runDir, 'agent.sock');
}

/** What a handler gets beside its parameters. */
export interface CallContext {
  readonly journal: Journal;
  readonly paths: AgentPaths;
  /** Which phase asks, and what it told the person: the journal keeps both. */
  readonly change: { readonly phase: string; readonly description: string };
  /** Tells the person who waits. */
  progress(line: string): void;
  /** The same for calls that tell much: resolves when the connection takes more. */
  stream(line: string): Promise<void>;
  /** Aborts when the connection that asked has ended. Only calls that look may heed it: a change that has begun is finished. */
  readonly gone: AbortSignal;
}

/** The handlers of some calls. */
export type Handlers<K extends CallName> = {
  readonly [Name in K]: (params: CallParams<Name>, context: CallContext) => Promise<CallResult<Name>>;
};

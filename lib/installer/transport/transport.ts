import type { AgentConnection } from '../agent/agent-client.ts';
import type { TreeFile } from '../agent/place-tree.ts';
import type { Artifact } from '../artifacts/artifact.ts';

/** A file that is to be on the server. `isCompressed`: packing it would not make it smaller. @default false */
export type FileToSend = Pick<TreeFile, 'source' | 'sha256' | 'size'> & { readonly isCompressed?: boolean };

/**
 * How a server is reached: this machine (local-transport.ts) or over SSH. It is all that differs between the two; phases never
 * see it.
 */
export interface Transport {
  /** What a person calls the server. */
  readonly name: string;
  /** How this machine reaches it; absent when it is this machine. `jumped`: over other servers. */
  readonly reach?: { readonly host: string; readonly jumped: boolean };
  /** Runs a POSIX sh script that only looks, as root where that needs no password to be asked. Arguments reach it as `$1`... */
  runScript(script: string, args: readonly string[]): Promise<string>;
  /** Puts an artifact's folder in place as `target`, whole or not at all. There already: nothing is sent. */
  place(artifact: Artifact, target: string, onProgress: (bytes: number) => void): Promise<void>;
  /** Makes a file readable for root on the server, and answers its path there. */
  send(file: FileToSend, onProgress: (bytes: number) => void): Promise<string>;
  /** Starts `argv` as root with its standard input and output as the connection: the relay to the agent. */
  connect(argv: readonly string[]): Promise<AgentConnection>;
  close(): Promise<void>;
}

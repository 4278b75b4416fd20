import type { Transport } from '../transport/transport.ts';

/** One of the hosts that a command is run on. */
export interface FleetHost {
  /** What a person calls it: events, prefixes and the summary carry it. */
  readonly name: string;
  /** Where it leads, as `user@host:port` with the jump hosts before it: two hosts with the same route are the same server. */
  readonly route: string;
  readonly isLocal: boolean;
  readonly nodeName?: string | undefined;
  readonly advertiseAddress?: string | undefined;
  readonly tlsSANs?: readonly string[] | undefined;
  /** A new way to reach it; connects when it is first used. */
  transport(): Transport;
}

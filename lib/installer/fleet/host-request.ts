import type { HostTarget } from '../config/host-target.ts';
import type { HostKeyPin } from './host-key-pins.ts';

/** A host as the command line or cluster.yaml asks for it, before ssh's configuration is read. */
export interface HostRequest {
  readonly target: HostTarget;
  /** Before those of ssh's configuration. */
  readonly identities: readonly string[];
  /** Instead of ssh's configuration; undefined leaves it to that. */
  readonly jump: string | undefined;
  readonly pins: readonly HostKeyPin[];
  readonly nodeName: string | undefined;
  readonly advertiseAddress: string | undefined;
  readonly tlsSANs: readonly string[];
}

import type { Supplies } from '../../supplies.ts';
import type { AuditOptions } from './audit/audit.ts';

/** How long is waited for AWS, and whom this machine's address is asked from. */
export interface AwsOptions {
  /** ms between two looks at what takes time. @default 3000 */
  readonly poll?: number;
  /** ms for all hosts to run and to publish their keys. @default 15 minutes */
  readonly patience?: number;
  /** How long the audit asks again. @default its own */
  readonly audit?: Pick<AuditOptions, 'patience'>;
  /** What answers this machine's address. @default Amazon's https://checkip.amazonaws.com/ */
  readonly addressUrl?: string;
  /** Where links into the console come from. @default Amazon's https://signin.aws.amazon.com/federation, or that of the partition */
  readonly signinUrl?: string;
  /** How what hosts install themselves from is made and uploaded. */
  readonly archive?: ArchiveOptions;
}

export interface ArchiveOptions {
  /** Where it is made and kept. @default the user's own cache */
  readonly cacheDir?: string;
  /** What it is made of. @default what oo-install installs with */
  readonly supplies?: Supplies;
  /** Bytes that are uploaded in one piece. @default 16 MiB */
  readonly partSize?: number;
}

export type Waiting = Required<Pick<AwsOptions, 'poll' | 'patience'>>;

/** How often AWS is asked again and for how long, in ms. */
export const waitingOf = ({ poll = 3_000, patience = 15 * 60_000 }: AwsOptions): Waiting => ({ poll, patience });

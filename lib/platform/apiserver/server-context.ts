import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { AccessControl } from '../api/access-policy.ts';
import type { KindSettings } from '../api/strategy.ts';
import type { TokenAuthenticator, TokenIssuer } from '../api/tokens.ts';
import type { RemoteImages } from '../api/image/remote-images.ts';
import type { UsageSource } from '../api/metrics/usage-source.ts';
import type { PodStreams } from '../api/pod-streams.ts';
import type { UserInfo, Verbs } from '../api/verbs.ts';
import type { Backend } from '../storage/backend.ts';
import type { AdmissionPlugin } from './admission/admission-plugin.ts';
import type { Authorizer } from './auth/authorizer.ts';
import type { PolicyIndex } from './auth/policy-index.ts';
import type { ResourceTable } from './kinds/resource-table.ts';
import type { QuotaLedger } from './quota/quota-ledger.ts';
import type { AllocationLedger } from './store/allocation-ledger.ts';
import type { ObjectCache } from './store/object-cache.ts';

/** What every operation of one server shares. */
export interface ServerContext {
  readonly table: ResourceTable;
  readonly backend: Backend;
  readonly cache: ObjectCache;
  readonly ledger: AllocationLedger;
  readonly authorizer: Authorizer;
  readonly access: AccessControl;
  /** What roles and bindings say, and when that changes. */
  readonly policy: PolicyIndex;
  readonly authenticate: TokenAuthenticator;
  readonly admission: readonly AdmissionPlugin[];
  readonly quota: QuotaLedger;
  readonly issueToken: TokenIssuer;
  /** Registries elsewhere. */
  readonly remoteImages: RemoteImages;
  /** What goes into and comes out of containers. */
  readonly pods: PodStreams;
  readonly settings: KindSettings;
  /** What nodes and pods use. */
  readonly usage: UsageSource;
  readonly clock: Clock;
  readonly log: Log;
  /** The same path as a remote request takes, without HTTP. */
  verbs(user: UserInfo): Verbs;
}

/** The server itself, e.g. when a strategy reads another object. */
export const SYSTEM_USER: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

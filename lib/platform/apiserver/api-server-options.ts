import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { ResourceDefinition } from '../api/define-resource.ts';
import type { RemoteImages } from '../api/image/remote-images.ts';
import type { Mount } from '../api/mount.ts';
import type { KindSettings } from '../api/strategy.ts';
import type { UserInfo, Verbs } from '../api/verbs.ts';
import type { Backend } from '../storage/backend.ts';
import type { ProjectBounds } from './admission/project-bounds.ts';
import type { FrontProxyCredentials } from './aggregation/remote-group.ts';
import type { AuditOptions } from './audit/create-auditor.ts';
import type { ConnectionLimits, ListenOptions, TlsOptions } from './http/https-server.ts';
import type { PlaceLimits } from './http/user-places.ts';
import type { WatchLimits } from './http/watch-slots.ts';
import type { AllocationRanges } from './store/allocation-ledger.ts';

/** What an API server is made of. */
export interface ApiServerOptions {
  readonly backend: Backend;
  /** The server's own certificate, and the authority that clients' certificates and nodes are checked against. */
  readonly tls: TlsOptions;
  /** Signs and verifies service-account tokens (PKCS #8 and SPKI, ES256). */
  readonly saKeyPem: string;
  readonly saPubPem: string;
  /** Keys that signed before the last rotation: their tokens are good until they expire (SPKI). */
  readonly saRetiredPems?: readonly string[];
  /** Users by the hashes of their bearer tokens. @default there are none */
  readonly tokenFile?: string;
  /** The authority of proxies that may say whom they ask for, and their names (all, when there are none). @default there are none */
  readonly frontProxy?: { readonly caPem: string; readonly allowedNames: readonly string[] };
  /** Shown to servers that requests are passed on to: it is how they know us. */
  readonly proxyClient: FrontProxyCredentials;
  /** Shown to nodes. */
  readonly kubeletClient: { readonly certPem: string; readonly keyPem: string };
  readonly listen: ListenOptions;
  /** How clients reach the server, e.g. `https://192.0.2.7:8443`. */
  readonly advertiseUrl: string;
  readonly ranges: AllocationRanges;
  /** @default nothing is written down */
  readonly audit?: AuditOptions;
  /** What kinds go by. @default what OpenShift says */
  readonly settings?: Partial<KindSettings>;
  /** @default projects may grow without bounds */
  readonly projectBounds?: ProjectBounds;
  /** @default silent */
  readonly log?: Log;
  /** Makes the lines of a backup, from the store as it is on disk. @default there are no backups */
  readonly backup?: () => AsyncIterable<Uint8Array>;
  /** @default the system's */
  readonly clock?: Clock;
  /** @default every kind of the registry */
  readonly resources?: readonly ResourceDefinition[];
  /** How many watches may be open, and how much may wait for them. @default those of WatchSlots */
  readonly watchLimits?: Partial<WatchLimits>;
  /** How many logs, sessions and proxied connections may be open. @default those of OpenStreams */
  readonly streamLimits?: Partial<PlaceLimits>;
  /** @default those of httpsServer */
  readonly connectionLimits?: ConnectionLimits;
  /** Registries elsewhere, which image imports ask. @default none is asked */
  readonly remoteImages?: RemoteImages;
  /** Parts of the platform that answer below paths of their own, and speak to the API by these verbs. @default none */
  readonly mounts?: (verbs: (user: UserInfo) => Verbs) => readonly Mount[];
}

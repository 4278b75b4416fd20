import type { Clock } from '../../../common/clock.ts';
import type { Log } from '../../../common/log.ts';
import type { Informer } from '../../client/informer.ts';
import type { ProxyHost } from './proxy-host.ts';

type Followed = Pick<Informer, 'lister' | 'addHandler' | 'synced'>;

/** What decides which pods of this node may speak to each other. */
export interface PolicyInformers {
  /** This node's. */
  readonly pods: Followed;
  readonly namespaces: Followed;
  readonly policies: Followed;
  /** Whether projects are kept apart where no policy says anything. */
  readonly isolateProjects: boolean;
}

/** What a proxy follows, and what it is to know of its node. */
export interface ProxyOptions {
  readonly services: Followed;
  readonly endpoints: Followed;
  /** @default every pod may speak to every other */
  readonly policies?: PolicyInformers;
  /** This node's own addresses: endpoints that are one of them count as local. Node ports answer on every address of the machine. */
  readonly nodeAddresses: readonly string[];
  /** This node's slice of the pod network. */
  readonly podCIDR: string;
  readonly clusterCIDR: string;
  readonly serviceCIDR: string;
  readonly nodePortRange: string;
  /** The pods' bridge, which may not exist yet. */
  readonly bridge: string;
  /** What our table, our comments and our record are named after; platforms side by side need different ones. */
  readonly tableName: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Where the kernel switches that we changed are remembered, for `removeProxyRules`. @default nowhere */
  readonly recordPath?: string;
  /** ms between two looks at what others may have undone. @default 5000 */
  readonly assertInterval?: number;
  /** Told when another program has removed the table: most likely it has flushed everything, other tables of the node too. */
  readonly onRemoved?: () => void;
  readonly host?: ProxyHost;
}

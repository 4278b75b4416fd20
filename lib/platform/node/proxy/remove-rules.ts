import { removeAccepts } from './forward-accepts.ts';
import { FirewalldZone } from './firewalld-zone.ts';
import { deleteTable, listTables } from './nft-table.ts';
import { machineHost, type ProxyHost } from './proxy-host.ts';
import { removeServiceRoute } from './service-route.ts';
import { Sysctls } from './sysctls.ts';

/** The table of the proxy of that name. The prefix keeps words of nft's own language out. */
export const tableNameOf = (name: string): string => `openshift-${name}`;

export interface RemoveProxyRulesOptions {
  readonly tableName: string;
  readonly bridge: string;
  /** @default the default of the platform's configuration */
  readonly serviceCIDR?: string;
  /** As given to createProxy. */
  readonly recordPath?: string;
  readonly host?: ProxyHost;
}

/** Takes away everything that the proxy of that name put on the machine. Safe to run again. Rejects when the table cannot be deleted. */
export async function removeProxyRules(options: RemoveProxyRulesOptions): Promise<void> {
  const host = options.host ?? machineHost();
  const tag = tableNameOf(options.tableName);
  await removeAccepts(host, { bridge: options.bridge, tag });
  if ((await listTables(host)).has('inet firewalld')) await new FirewalldZone(host, options.bridge).remove();
  await removeServiceRoute(host, options.serviceCIDR ?? '172.30.0.0/16');
  await new Sysctls(host, options.recordPath).restore();
  await deleteTable(host, tag);
}

import type { Named, Section } from '../../common/kubeconfig/edit-kubeconfig.ts';

/** How kubectl reaches one server: what is added to a kubeconfig. Cluster, user and context have the same name, as kind's have. */
export interface KubeconfigEntry {
  /** `oo-web1`. */
  readonly name: string;
  /** The server as its operator calls it: entries are found by it again. */
  readonly host: string;
  /** `https://192.0.2.10:8443`. */
  readonly server: string;
  /** The name that the certificate is checked for, when it does not cover the address. */
  readonly tlsServerName: string | undefined;
  /** Base64 of PEM, as kubeconfigs hold them. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Our mark on a cluster: kubectl keeps extensions that it does not know. */
const extensionName = 'oo-install';

/** The entry of each list, in the order in which a reader looks for things. */
export function entriesOf(entry: KubeconfigEntry): Readonly<Record<Section, Named>> {
  const { name, host, server, tlsServerName } = entry;
  return {
    clusters: {
      name,
      cluster: {
        server,
        ...(tlsServerName === undefined ? {} : { 'tls-server-name': tlsServerName }),
        'certificate-authority-data': entry.authority,
        extensions: [{ name: extensionName, extension: { host } }],
      },
    },
    users: { name, user: { 'client-certificate-data': entry.certificate, 'client-key-data': entry.key } },
    contexts: { name, context: { cluster: name, user: name } },
  };
}

/** The server that a cluster's entry is of, when it is we who wrote it. */
export function hostOfCluster(cluster: unknown): string | undefined {
  const extensions = (cluster as { cluster?: { extensions?: unknown } } | undefined)?.cluster?.extensions;
  if (!Array.isArray(extensions)) return undefined;
  const ours = (extensions as { name?: unknown; extension?: { host?: unknown } }[]).find((one) => one?.name === extensionName);
  return typeof ours?.extension?.host === 'string' ? ours.extension.host : undefined;
}

/**
 * What kubectl calls a server: `oo-` and its name without the user and what no name has; a port is part of it. `root@web1:2222` is
 * `oo-web1-2222`.
 */
export function contextNameOf(host: string): string {
  const bare = host.replace(/^ssh:\/\//, '').replace(/^.*@/, '');
  return `oo-${bare.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^-+|-+$/g, '') || 'host'}`;
}

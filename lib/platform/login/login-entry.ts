import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorText } from '../../common/errors.ts';
import { parseKubeconfig } from '../../common/kubeconfig/edit-kubeconfig.ts';
import type { LoginServer } from './ask-token.ts';
import { loginErrors } from './login-errors.ts';

/** Who has logged in where, and the project that is worked in then. */
export interface LoginEntry extends LoginServer {
  readonly user: string;
  readonly token: string;
  readonly project?: string;
}

/**
 * A kubeconfig's text with this login as its current context, named as oc names them (openshift/oc, pkg/helpers/kubeconfig): the cluster `HOST:PORT`
 * with dashes for dots, the user `NAME/CLUSTER`, the context `PROJECT/CLUSTER/NAME`. Everything else in it stays.
 */
export function withLogin(text: string, entry: LoginEntry, path: string): string {
  const { server, caPem, tlsServerName, user, token, project = '' } = entry;
  const cluster = clusterName(server);
  const [userName, context] = [`${user}/${cluster}`, `${project}/${cluster}/${user}`];
  return parseKubeconfig(text, path).edit((editor) => {
    const authority = Buffer.from(caPem).toString('base64');
    const named = tlsServerName === undefined ? {} : { 'tls-server-name': tlsServerName };
    editor.put('clusters', { name: cluster, cluster: { server, 'certificate-authority-data': authority, ...named } });
    editor.put('users', { name: userName, user: { token } });
    const namespace = project === '' ? {} : { namespace: project };
    editor.put('contexts', { name: context, context: { cluster, user: userName, ...namespace } });
    editor.set('current-context', context);
  });
}

/** The text without a user's token, when that is the one. */
export function withoutToken(text: string, user: string, token: string, path: string): string {
  const { config, edit } = parseKubeconfig(text, path);
  const entry = config.users.find(({ name }) => name === user);
  if ((entry?.['user'] as { token?: unknown } | undefined)?.token !== token) return text;
  return edit((editor) => editor.put('users', { name: user, user: {} }));
}

/** The servers of a kubeconfig, as a login needs them. */
export interface KnownServers {
  /** That of the current context. */
  readonly current?: string;
  /** A server whose authority is known. */
  find(server: string): LoginServer | undefined;
}

/** What a kubeconfig knows of servers. */
export function knownServers(text: string, path: string): KnownServers {
  const { config } = parseKubeconfig(text, path);
  type Cluster = {
    readonly server?: unknown;
    readonly 'certificate-authority-data'?: unknown;
    readonly 'tls-server-name'?: unknown;
  };
  const clusters = config.clusters.map((one) => ({ name: one.name, ...((one['cluster'] ?? {}) as Cluster) }));
  const context = config.contexts.find(({ name }) => name === config['current-context']);
  const name = (context?.['context'] as { cluster?: unknown } | undefined)?.cluster;
  const current = clusters.find((one) => one.name === name)?.server;
  return {
    ...(typeof current === 'string' ? { current } : {}),
    find(server) {
      const cluster = clusters.find((one) => one.server === server);
      const { 'certificate-authority-data': data, 'tls-server-name': name } = cluster ?? {};
      if (typeof data !== 'string') return undefined;
      const tlsServerName = typeof name === 'string' && name !== '' ? name : undefined;
      return { server, caPem: Buffer.from(data, 'base64').toString('utf8'), tlsServerName };
    },
  };
}

/** `https://HOST:PORT` of what somebody typed. Throws LOGIN_SERVER_INVALID. */
export function serverAddress(text: string): string {
  const address = text.includes('://') ? text : `https://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const bare = url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!bare || url.protocol !== 'https:' || !/^\/?$/.test(url.pathname)) throw loginErrors.LOGIN_SERVER_INVALID(text);
  return `https://${url.hostname}:${url.port === '' ? '443' : url.port}`;
}

/** The PEM in a file. Throws LOGIN_AUTHORITY_UNREADABLE. */
export async function readAuthority(path: string): Promise<string> {
  try {
    const pem = await readFile(path, 'utf8');
    // The first one of the file.
    if (!new X509Certificate(pem).ca) throw new Error('it is the certificate of a server or a client');
    return pem;
  } catch (error) {
    throw loginErrors.LOGIN_AUTHORITY_UNREADABLE(path, errorText(error));
  }
}

const clusterName = (server: string): string => new URL(server).host.replaceAll('.', '-').replace(/^[^:\]]*$/, '$&:443');

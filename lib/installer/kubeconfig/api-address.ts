import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { kubeconfigErrors } from './kubeconfig-errors.ts';

/** How an operator's machine reaches a server, as its transport knows. */
export interface Reach {
  /** A name or an address. */
  readonly host: string;
  /** Over other servers: what is behind them is not reached directly. */
  readonly jumped: boolean;
}

export interface ApiAddress {
  readonly server: string;
  /** Where the certificate does not cover the address: a name that it does cover. */
  readonly tlsServerName: string | undefined;
  /** Whether an API with the right authority has answered there. */
  readonly answers: boolean;
}

export interface ApiFacts {
  /** As the kubeconfig on the server has it. */
  readonly server: string;
  /** PEM. */
  readonly authority: Buffer;
  /** What the API's certificate is good for. */
  readonly names: readonly string[];
}

/** The certificate's names come from the server. */
const dnsName = /^(?=.{1,253}$)[a-z0-9*]([-a-z0-9]{0,62})(\.[a-z0-9]([-a-z0-9]{0,62}))*$/i;
/** ms for a connection: an address that leads nowhere says nothing. A server's kernel is quick, however busy it is. */
const patience = 3000;
/** ms for a certificate over a connection, from an API that may have been started a moment ago. */
const handshakePatience = 30_000;

/**
 * Where kubectl reaches the API from here. On the server itself that is what its kubeconfig says. From elsewhere, the address at which ssh
 * reaches the server comes first, then the one that the server advertises: the first that answers with the right certificate. `wanted`, a URL,
 * takes the place of both.
 */
export async function chooseApiAddress(api: ApiFacts, reach: Reach | undefined, wanted?: string): Promise<ApiAddress> {
  const own = new URL(api.server);
  if (wanted !== undefined) return at(parseServer(wanted), api, await answers(parseServer(wanted), api));
  if (reach === undefined) return { server: api.server, tlsServerName: undefined, answers: true };
  const hosts = [...new Set([reach.host, own.hostname.replace(/^\[|\]$/g, '')])];
  const urls = hosts.map((host) => new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}:${own.port}`));
  for (const url of urls) if (await answers(url, api)) return at(url, api, true);
  return at(urls[0]!, api, false);
}

function at(url: URL, api: ApiFacts, reached: boolean): ApiAddress {
  return { server: url.origin, tlsServerName: tlsServerName(hostOf(url), api.names), answers: reached };
}

/** Nothing when the certificate is good for this host, else a name that it is good for (kubectl 1.18 and newer heed it). */
export function tlsServerName(host: string, names: readonly string[]): string | undefined {
  const covered = names.some(
    (name) => name.toLowerCase() === host.toLowerCase() || (isIP(host) !== 0 && sameAddress(name, host)),
  );
  if (covered) return undefined;
  // The node's own name is the first; `kubernetes` is in every certificate of an API.
  return names.find((name) => isIP(name) === 0 && dnsName.test(name)) ?? 'kubernetes';
}

function sameAddress(a: string, b: string): boolean {
  const normal = (text: string): string => (isIP(text) === 6 ? new URL(`http://[${text}]`).hostname : text);
  return isIP(a) === isIP(b) && normal(a) === normal(b);
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

function parseServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || !/^\/?$/.test(url.pathname))
    throw kubeconfigErrors.SERVER_INVALID(text);
  return url;
}

/** Whether something there shows a certificate of our authority, under the name that kubectl will ask for. */
function answers(url: URL, { authority, names }: ApiFacts): Promise<boolean> {
  const host = hostOf(url);
  const name = tlsServerName(host, names) ?? host;
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      ca: authority,
      timeout: patience,
      ...(isIP(name) === 0 ? { servername: name } : {}),
    });
    const end = (ok: boolean) => () => {
      socket.destroy();
      resolve(ok);
    };
    socket.once('connect', () => socket.setTimeout(handshakePatience));
    socket.once('secureConnect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}

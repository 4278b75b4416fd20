import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { errorText } from '../../common/errors.ts';
import { registerSecret } from '../../common/secrets.ts';
import { namedAs } from '../client/server-name.ts';
import { loginErrors } from './login-errors.ts';

/** A server, and the authority (PEM) that tells it from another. */
export interface LoginServer {
  /** `https://HOST:PORT` */
  readonly server: string;
  readonly caPem: string;
  /** What its certificate is for, where that is not its address. */
  readonly tlsServerName?: string | undefined;
}

/** OpenShift's client for those who have a password at hand; its answer is in the address that it is sent to. */
const QUERY = new URLSearchParams({ client_id: 'openshift-challenging-client', response_type: 'token' }).toString();
/** What OpenSSL says of certificates that are not of the authority which is asked for. */
const OTHER_AUTHORITY = new Set([
  'CERT_SIGNATURE_FAILURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
/** ms of silence after which nobody is there. */
const PATIENCE = 30_000;

/**
 * A token for a name and a password, as `oc login -u` gets it (OpenShift, "OAuth token request flows"; RFC 6749, section 4.2). Rejects with
 * LOGIN_REFUSED, LOGIN_WAIT, LOGIN_AUTHORITY_OTHER, LOGIN_NAME_OTHER or LOGIN_SERVER_STRANGE.
 */
export async function askToken(
  { server, ...trust }: LoginServer,
  user: string,
  password: string,
  signal: AbortSignal,
): Promise<string> {
  const answer = await ask(`${server}/oauth/authorize?${QUERY}`, { ...trust, user, password, signal }).catch((error: unknown) => {
    if (signal.aborted) throw loginErrors.LOGIN_INTERRUPTED();
    throw loginErrors[kindOf(error)](server, errorText(error));
  });
  const { statusCode = 0, headers } = answer;
  if (statusCode === 401) throw loginErrors.LOGIN_REFUSED(user);
  if (statusCode === 429) throw loginErrors.LOGIN_WAIT(/^\d+$/.exec(headers['retry-after'] ?? '')?.[0] ?? 'some');
  const token = tokenOf(headers.location ?? '');
  if (statusCode !== 302 || token === undefined)
    throw loginErrors.LOGIN_SERVER_STRANGE(server, `it answered ${statusCode} to a password`);
  registerSecret(token);
  return token;
}

function kindOf(error: unknown): 'LOGIN_NAME_OTHER' | 'LOGIN_AUTHORITY_OTHER' | 'LOGIN_SERVER_STRANGE' {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'LOGIN_NAME_OTHER';
  return OTHER_AUTHORITY.has(code) ? 'LOGIN_AUTHORITY_OTHER' : 'LOGIN_SERVER_STRANGE';
}

interface Question extends Omit<LoginServer, 'server'> {
  readonly user: string;
  readonly password: string;
  readonly signal: AbortSignal;
}

function ask(url: string, { caPem, tlsServerName, user, password, signal }: Question): Promise<IncomingMessage> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return new Promise((resolve, reject) => {
    const headers = { authorization, 'x-csrf-token': '1' };
    const options = { ca: caPem, ...namedAs(tlsServerName), headers, agent: false, signal, timeout: PATIENCE };
    const outgoing = request(url, options, (answer) => {
      answer.destroy();
      resolve(answer);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer for ${PATIENCE / 1000} seconds`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function tokenOf(location: string): string | undefined {
  if (!URL.canParse(location)) return undefined;
  const token = new URLSearchParams(new URL(location).hash.slice(1)).get('access_token');
  return token === null || token === '' ? undefined : token;
}

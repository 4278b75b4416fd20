import type { Client } from '../client/client.ts';
import type { Visit } from '../api/mount.ts';
import type { User } from '../api/user/user.ts';
import type { HtpasswdHashes } from './passwords/htpasswd-file.ts';
import type { LoginThrottle } from './passwords/login-throttle.ts';
import type { PasswordJudge } from './passwords/password-judge.ts';
import { userOfIdentity } from './user-of-identity.ts';

/** Where passwords are known. */
export interface IdentityProvider extends HtpasswdHashes {
  /** Begins the names of its identities. */
  readonly name: string;
}

export type LoginResult =
  | { readonly outcome: 'in'; readonly user: User }
  | { readonly outcome: 'refused' }
  /** `seconds` until another attempt is looked at. */
  | { readonly outcome: 'wait'; readonly seconds: number };

export interface LoginOptions {
  readonly client: Client;
  readonly providers: readonly IdentityProvider[];
  readonly judge: PasswordJudge;
  readonly throttle: LoginThrottle;
}

interface Attempt {
  readonly name: string;
  readonly password: string;
  /** Where it comes from. */
  readonly address: string;
}

/** As OpenShift's OAuth server annotates its events. */
const ANNOTATION = 'authentication.openshift.io/';
/** Of what is given for a name, so much is written down. */
const LONGEST_NAME = 256;

/** Who a name and a password belong to. The user is made at the first login. The audit log is told of the attempt. */
export async function login(
  options: LoginOptions,
  attempt: Attempt,
  { annotate }: Pick<Visit, 'annotate'>,
): Promise<LoginResult> {
  annotate(`${ANNOTATION}username`, attempt.name.slice(0, LONGEST_NAME));
  annotate(`${ANNOTATION}decision`, 'error');
  const result = await judged(options, attempt);
  annotate(`${ANNOTATION}decision`, result.outcome === 'in' ? 'allow' : 'deny');
  return result;
}

async function judged(options: LoginOptions, { name, password, address }: Attempt): Promise<LoginResult> {
  const { client, providers, judge, throttle } = options;
  const delay = throttle.delay(name, address);
  if (delay > 0) return { outcome: 'wait', seconds: Math.ceil(delay / 1000) };
  using pending = throttle.begin(address);
  if (pending === undefined) return { outcome: 'wait', seconds: 1 };
  for (const provider of providers) {
    const verdict = await judge.judge(password, await provider.hashOf(name), provider.decoyOf(name));
    if (verdict === 'busy') return { outcome: 'wait', seconds: 1 };
    if (verdict === 'wrong') continue;
    throttle.succeeded(name, address);
    const user = await userOfIdentity(client, provider.name, name);
    return user === undefined ? { outcome: 'refused' } : { outcome: 'in', user };
  }
  throttle.failed(name, address);
  return { outcome: 'refused' };
}

import type { Client } from '../client/client.ts';
import type { User } from '../api/user/user.ts';
import type { LoginThrottle } from './passwords/login-throttle.ts';
import type { PasswordJudge } from './passwords/password-judge.ts';
import { userOfIdentity } from './user-of-identity.ts';

/** Where passwords are known. */
export interface IdentityProvider {
  /** Begins the names of its identities. */
  readonly name: string;
  hashOf(userName: string): Promise<string | undefined>;
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

/** Who a name and a password belong to. The user is made at the first login. */
export async function login(
  options: LoginOptions,
  { name, password, address }: { readonly name: string; readonly password: string; readonly address: string },
): Promise<LoginResult> {
  const { client, providers, judge, throttle } = options;
  const delay = throttle.delay(name, address);
  if (delay > 0) return { outcome: 'wait', seconds: Math.ceil(delay / 1000) };
  for (const provider of providers) {
    const verdict = await judge.judge(password, await provider.hashOf(name));
    if (verdict === 'busy') return { outcome: 'wait', seconds: 1 };
    if (verdict === 'wrong') continue;
    throttle.succeeded(name);
    const user = await userOfIdentity(client, provider.name, name);
    return user === undefined ? { outcome: 'refused' } : { outcome: 'in', user };
  }
  throttle.failed(name, address);
  return { outcome: 'refused' };
}

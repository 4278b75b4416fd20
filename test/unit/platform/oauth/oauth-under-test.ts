import { type Clock, systemClock } from '../../../../lib/common/clock.ts';
import type { ApiServerOptions } from '../../../../lib/platform/apiserver/api-server-options.ts';
import { inProcessClient } from '../../../../lib/platform/client/in-process-client.ts';
import { createOAuthServer, type OAuthServer } from '../../../../lib/platform/oauth/oauth-server.ts';
import { hashSync } from 'bcryptjs';
import { type ApiUnderTest, startApi } from '../apiserver/api-under-test.ts';

/** Rights are the daemon's own: what the role does not grant fails here too. */
const OAUTH_USER = { name: 'system:openshift:oauth-server', groups: ['system:authenticated'] };

export const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

/** An API with its OAuth server, to which alice, password `wonderland`, bob, `builder`, and erin, `many`, are known. */
export async function startWithOAuth({
  clock = systemClock,
  beforeLook = () => Promise.resolve(),
  ...more
}: Pick<Partial<ApiServerOptions>, 'audit'> & {
  readonly clock?: Clock;
  /** What the password of a name is looked up after. */
  readonly beforeLook?: (name: string) => Promise<void>;
} = {}): Promise<ApiUnderTest> {
  const hashes = new Map([
    ['alice', hashSync('wonderland', 4)],
    ['bob', hashSync('builder', 4)],
    ['erin', hashSync('many', 4)],
  ]);
  let oauth: OAuthServer | undefined;
  const t = await startApi(({ apiserver: { certPem: certificatePem } }) => ({
    ...more,
    mounts(verbs) {
      const client = inProcessClient(verbs(OAUTH_USER), OAUTH_USER.name);
      const hashOf = (name: string) => beforeLook(name).then(() => hashes.get(name));
      const providers = [{ name: 'htpasswd', hashOf, decoyOf: () => undefined }];
      oauth = createOAuthServer({ client, url: 'https://127.0.0.1:8443', certificatePem, providers, clock });
      return oauth.endpoints;
    },
  }));
  await oauth!.ensureClients();
  return {
    ...t,
    async [Symbol.asyncDispose]() {
      oauth![Symbol.dispose]();
      await t[Symbol.asyncDispose]();
    },
  };
}

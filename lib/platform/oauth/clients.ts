import { isReason } from '../api/status-error.ts';
import { OAUTH_CLIENTS, type OAuthClient } from '../api/oauth/oauth-client.ts';
import type { Client } from '../client/client.ts';

/** `oc login -u`: asks with a challenge, and reads the answer off the redirect. */
const CHALLENGING_CLIENT = 'openshift-challenging-client';
/** The page that shows a token. */
export const BROWSER_CLIENT = 'openshift-browser-client';
/** `oc login --web`: listens on the user's own machine. */
const CLI_CLIENT = 'openshift-cli-client';

/** OpenShift's own clients, on the API's address. Made when absent, and put right when the address has changed. */
export async function ensureClients(client: Client, url: string): Promise<void> {
  const own: readonly Partial<OAuthClient>[] = [
    {
      metadata: { name: CHALLENGING_CLIENT },
      respondWithChallenges: true,
      redirectURIs: [...ownRedirectUris(CHALLENGING_CLIENT, url)],
    },
    { metadata: { name: BROWSER_CLIENT }, redirectURIs: [...ownRedirectUris(BROWSER_CLIENT, url)] },
    { metadata: { name: CLI_CLIENT }, redirectURIs: ['http://127.0.0.1/callback', 'http://[::1]/callback'] },
  ];
  for (const each of own) {
    const wanted = { apiVersion: 'oauth.openshift.io/v1', kind: 'OAuthClient', grantMethod: 'auto', ...each } as OAuthClient;
    try {
      await client.create(OAUTH_CLIENTS, wanted);
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
      const name = wanted.metadata.name!;
      await client.patch({ ...OAUTH_CLIENTS, name }, 'application/merge-patch+json', { redirectURIs: wanted.redirectURIs });
    }
  }
}

/** Where OpenShift's own clients are sent on the address by which the request has come. */
export const ownRedirectUris = (id: string, url: string): readonly string[] => {
  if (id === CHALLENGING_CLIENT) return [`${url}/oauth/token/implicit`];
  return id === BROWSER_CLIENT ? [`${url}/oauth/token/display`] : [];
};

/** A registered client by its id; undefined when there is none. */
export async function findClient(client: Client, id: string | null): Promise<OAuthClient | undefined> {
  if (id === null || id === '') return undefined;
  try {
    return await client.get<OAuthClient>({ ...OAUTH_CLIENTS, name: id });
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'BadRequest')) return undefined;
    throw error;
  }
}

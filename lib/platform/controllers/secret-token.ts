import type { KubeObject } from '../api/meta.ts';
import type { Client } from '../client/client.ts';
import { refTo, SERVICE_ACCOUNTS } from './resources.ts';

/** The longest that a token may be asked for, 136 years: these end with their secret or their account. */
const FOREVER = 2 ** 32;

/** A token of the account that is bound to the secret it is kept in: deleting that revokes it. */
export async function issueSecretToken(client: Client, account: KubeObject, secret: KubeObject): Promise<string> {
  const { name, uid } = secret.metadata;
  const answer = await client.create(refTo(SERVICE_ACCOUNTS, account, 'token'), {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: {
      audiences: [],
      expirationSeconds: FOREVER,
      boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: name!, uid: uid! },
    },
  });
  return answer['status'].token as string;
}

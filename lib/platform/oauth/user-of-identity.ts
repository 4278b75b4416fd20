import { isReason } from '../api/status-error.ts';
import type { Identity } from '../api/user/identity.ts';
import { type User, USERS } from '../api/user/user.ts';
import type { ResourceRef } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';

const IDENTITIES = { group: 'user.openshift.io', version: 'v1', resource: 'identities' } as const;

/**
 * The user that an identity belongs to; both are made when they are not there. A user that is another identity's is not taken
 * over: undefined (OpenShift's mapping method "claim"). Stopped in the middle, the next login goes on.
 */
export async function userOfIdentity(client: Client, provider: string, userName: string): Promise<User | undefined> {
  const name = `${provider}:${userName}`;
  const identity = await found<Identity>(client, { ...IDENTITIES, name });
  const wanted = identity?.user?.name ?? userName;
  const user = (await found<User>(client, { ...USERS, name: wanted })) ?? (await createUser(client, wanted, name));
  if (!(user.identities ?? []).includes(name)) return undefined;
  if (identity === undefined) await createIdentity(client, { name, provider, userName, user });
  // A user that was deleted and made anew is somebody else.
  else if (identity.user?.uid !== user.metadata.uid) return undefined;
  return user;
}

async function found<T extends User | Identity>(client: Client, ref: ResourceRef): Promise<T | undefined> {
  try {
    return await client.get<T>(ref);
  } catch (error) {
    if (isReason(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function createUser(client: Client, name: string, identity: string): Promise<User> {
  const user = { apiVersion: 'user.openshift.io/v1', kind: 'User', metadata: { name }, identities: [identity] };
  try {
    return await client.create<User>(USERS, user);
  } catch (error) {
    // Another login of the same user was first.
    if (isReason(error, 'AlreadyExists')) return client.get<User>({ ...USERS, name });
    throw error;
  }
}

async function createIdentity(
  client: Client,
  { name, provider, userName, user }: { name: string; provider: string; userName: string; user: User },
): Promise<void> {
  const identity = {
    apiVersion: 'user.openshift.io/v1',
    kind: 'Identity',
    metadata: { name },
    providerName: provider,
    providerUserName: userName,
    user: { name: user.metadata.name, uid: user.metadata.uid },
  };
  await client.create(IDENTITIES, identity).catch((error: unknown) => {
    if (!isReason(error, 'AlreadyExists')) throw error;
  });
}

import { REQUESTER } from '../api/project/project-annotations.ts';
import { isNotFound } from '../api/status-error.ts';
import type { UserInfo } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):/;

/** Whose somebody is: of a service account the one who asked for its project, or the project where nobody has; everybody else is his own. */
export async function tenantOf(client: Client, { name }: UserInfo): Promise<string> {
  const namespace = SERVICE_ACCOUNT.exec(name)?.[1];
  if (namespace === undefined) return name;
  try {
    const { metadata } = await client.get({ group: '', version: 'v1', resource: 'namespaces', name: namespace });
    return metadata.annotations?.[REQUESTER] ?? `project ${namespace}`;
  } catch (error) {
    if (isNotFound(error)) return `project ${namespace}`;
    throw error;
  }
}

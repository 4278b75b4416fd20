import type { KubeObject } from '../../meta.ts';

/** Annotation of a Service: how many TCP connections one client, by its address, may have to each of its ports. */
export const CONNECTIONS_PER_CLIENT = 'openshift.io/connections-per-client';

/** What the annotation says: 1 to 65535. undefined without it, and where it says anything else: then there is no limit. */
export function connectionsPerClient({ metadata }: KubeObject): number | undefined {
  const text = metadata.annotations?.[CONNECTIONS_PER_CLIENT] ?? '';
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined;
  const most = Number(text);
  return most < 65_536 ? most : undefined;
}

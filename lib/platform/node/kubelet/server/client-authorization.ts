import type { TLSSocket } from 'node:tls';
import { TextError } from './text-error.ts';

/** Who may speak to a node: the API server's own client, and the master's. */
export const DEFAULT_CLIENTS: readonly string[] = ['system:openshift-master', 'kube-apiserver-kubelet-client'];

/** The common name of a client that may use this node. Throws 401 without a certificate of our CA, 403 for another name. */
export function authorizeClient(socket: TLSSocket, allowed: readonly string[]): string {
  if (!socket.authorized) throw new TextError(401, 'Unauthorized');
  const name: unknown = socket.getPeerCertificate().subject?.CN;
  if (typeof name !== 'string') throw new TextError(401, 'Unauthorized');
  if (!allowed.includes(name)) throw new TextError(403, `Forbidden (user=${name}, verb=proxy, resource=nodes)`);
  return name;
}

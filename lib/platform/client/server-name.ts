import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';

/**
 * Options of a TLS connection whose server has to show a certificate for that name, whatever its address is: a kubeconfig's `tls-server-name`.
 * The server is told the name beforehand, unless it is an address (RFC 6066, section 3).
 */
export const namedAs = (name: string | undefined): Pick<ConnectionOptions, 'servername' | 'checkServerIdentity'> =>
  name === undefined
    ? {}
    : { servername: isIP(name) === 0 ? name : '', checkServerIdentity: (_host, cert) => checkServerIdentity(name, cert) };

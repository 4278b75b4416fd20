import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

const HOST = /^(?:([A-Za-z0-9.-]+)|\[([0-9a-fA-F:.]+)\])(?::\d{1,5})?$/;

/**
 * The address by which a client has come: the API has several, behind a mapped port one that it does not know of. Whatever else a client,
 * or a proxy before it, says of the host is not believed: codes and tokens are sent there.
 */
export class OwnAddress {
  readonly #fallback: string;
  readonly #certificate: X509Certificate;

  /**
   * @param fallback where clients find the API: `https://192.0.2.7:8443`
   * @param certificatePem the server's: it names all hosts that the server is
   */
  constructor(fallback: string, certificatePem: string) {
    this.#fallback = fallback;
    this.#certificate = new X509Certificate(certificatePem);
  }

  /** `https://localhost:8443`: the host that the request names when it is ours, at whatever port; else where all clients find the API. */
  of({ headers: { host = '' } }: IncomingMessage): string {
    const [, plain, bracketed] = HOST.exec(host) ?? [];
    const name = plain ?? bracketed;
    return name !== undefined && this.#isOurs(name) ? `https://${host}` : this.#fallback;
  }

  #isOurs(name: string): boolean {
    const certificate = this.#certificate;
    if (isIP(name) !== 0) return certificate.checkIP(name) !== undefined;
    return certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined;
  }
}

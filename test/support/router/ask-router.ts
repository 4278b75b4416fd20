import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { patient } from '../patience.ts';

/** The router's ports on this machine. */
export interface RouterPorts {
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** What came back. */
export interface RouterAnswer {
  readonly code: number;
  readonly body: string;
  readonly headers: Record<string, string | string[] | undefined>;
  /** Whom the other side has shown itself as. */
  readonly subject: string;
}

/** What a request is to have beside its URL. */
export interface AskOptions {
  readonly headers?: Record<string, string>;
  /** Without one no certificate is judged. */
  readonly ca?: string;
}

/** One request on a connection of its own, to the host that the URL names. */
export function askRouter(ports: RouterPorts, url: string, options: AskOptions = {}): Promise<RouterAnswer> {
  const { protocol, hostname, pathname, search } = new URL(url);
  const isSecure = protocol === 'https:';
  return new Promise((resolve, reject) => {
    const call = (isSecure ? secureRequest : request)(
      {
        host: '127.0.0.1',
        port: isSecure ? ports.httpsPort : ports.httpPort,
        path: `${pathname}${search}`,
        headers: { host: hostname, ...options.headers },
        agent: false,
        timeout: patient(20_000),
        ...(isSecure
          ? { servername: hostname, ...(options.ca === undefined ? { rejectUnauthorized: false } : { ca: options.ca }) }
          : {}),
      },
      (response) => {
        const subject = isSecure ? (response.socket as TLSSocket).getPeerX509Certificate()!.subject : '';
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.once('end', () => resolve({ code: response.statusCode!, body, headers: response.headers, subject }));
        response.once('error', reject);
      },
    );
    call.once('timeout', () => call.destroy(new Error(`${url}: no answer`)));
    call.once('error', reject).end();
  });
}

import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { printable } from '../../common/printable.ts';

/** The authority that a server names for itself. Nothing but a person says whether that is true. */
export interface PresentedAuthority {
  readonly pem: string;
  /** Its name, fit for a terminal. */
  readonly name: string;
  /** Bytes of its SHA-256 as `openssl x509 -fingerprint` writes them. */
  readonly fingerprint: string;
}

/** ms of silence after which nobody is there. */
const PATIENCE = 30_000;

/**
 * The authority at the end of the certificates that a server shows; undefined where they end before one. Nothing is sent, and what is shown is not
 * judged: that the server's certificate is of this authority, and of this server, the first request sees to.
 */
export async function presentedAuthority(server: string, signal: AbortSignal): Promise<PresentedAuthority | undefined> {
  const last = await connected(server, signal, (socket) => lastOf(socket.getPeerX509Certificate()));
  if (last === undefined || !last.ca || !last.checkIssued(last)) return undefined;
  return { pem: last.toString(), name: printable(nameOf(last)), fingerprint: last.fingerprint256 };
}

/** What somebody is asked who is to say whether it is the one. */
export function trustQuestion(server: string, { name, fingerprint }: PresentedAuthority): string {
  // Behind a colon: 95 characters are more than a line.
  const half = Math.ceil(fingerprint.length / 2);
  return [
    `${server} is not known yet.`,
    `Its authority, ${name}, has the SHA-256 fingerprint`,
    `  ${fingerprint.slice(0, half)}`,
    `  ${fingerprint.slice(half)}`,
    'Who has the server sees it there by',
    '  openssl x509 -noout -fingerprint -sha256 -in /var/lib/openshift/pki/ca.crt',
    'Trust it, and go on? [y/N] ',
  ].join('\n');
}

function connected<T>(server: string, signal: AbortSignal, look: (socket: TLSSocket) => T): Promise<T> {
  const { hostname, port } = new URL(server);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve, reject) => {
    // Only looked at: whoever it is, no word of ours is said here.
    const servername = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port: port === '' ? 443 : Number(port), rejectUnauthorized: false, ...servername });
    const end = (error: Error): void => void socket.destroy(error);
    const abort = (): void => end(new Error('interrupted'));
    signal.addEventListener('abort', abort, { once: true });
    socket.setTimeout(PATIENCE, () => end(new Error(`no answer for ${PATIENCE / 1000} seconds`)));
    socket.once('secureConnect', () => {
      resolve(look(socket));
      socket.destroy();
    });
    socket.on('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', abort);
      reject(new Error('it closed the connection'));
    });
    if (signal.aborted) abort();
  });
}

function lastOf(certificate: X509Certificate | undefined): X509Certificate | undefined {
  let last = certificate;
  // Nobody's chain is longer; a strange one could go round in circles.
  for (let links = 0; links < 10 && last?.issuerCertificate !== undefined; links++) {
    if (last.issuerCertificate.fingerprint256 === last.fingerprint256) break;
    last = last.issuerCertificate;
  }
  return last;
}

const nameOf = ({ subject }: X509Certificate): string => /^CN=(.+)$/m.exec(subject)?.[1]?.slice(0, 64) ?? 'without a name';

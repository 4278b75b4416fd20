import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { ContainerRuntime } from '../../../runtime/container-runtime.ts';
import type { Container, HttpGetAction } from '../types/container-types.ts';

export interface ProbeOutcome {
  readonly ok: boolean;
  /** What the Unhealthy event says. */
  readonly output: string;
}

/** A port by number or by the name it has in the container's spec; undefined when there is no such name. */
export function resolvePort(port: number | string, container: Container): number | undefined {
  const number = typeof port === 'number' ? port : /^\d+$/.test(port) ? Number(port) : undefined;
  if (number !== undefined) return number > 0 && number < 65_536 ? number : undefined;
  return container.ports?.find(({ name }) => name === port)?.containerPort;
}

const BODY_LIMIT = 10 * 1024;
const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** GET as kubelet's prober does it: any answer from 200 to 399 is a success, redirects to other hosts are not followed. */
export function httpProbe(action: HttpGetAction, podIP: string, container: Container, timeoutMs: number): Promise<ProbeOutcome> {
  const port = resolvePort(action.port, container);
  if (port === undefined) return Promise.resolve({ ok: false, output: `couldn't find port: ${action.port} in container` });
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const host = action.host || podIP;
  const path = (action.path ?? '/').startsWith('/') ? (action.path ?? '/') : `/${action.path}`;
  const url = `${scheme}://${bracketed(host)}:${port}${path}`;
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/1.32', accept: '*/*', connection: 'close' };
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  return get(url, { host, port, path, headers }, scheme === 'https', timeoutMs);
}

function get(url: string, target: RequestOptions, tls: boolean, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const failed = (why: string): void => resolve({ ok: false, output: `Get "${url}": ${why}` });
    const options = { ...target, method: 'GET', agent: false as const };
    const answered = (response: IncomingMessage): void => {
      response.on('error', () => undefined);
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > BODY_LIMIT) response.destroy();
      });
      const code = response.statusCode ?? 0;
      if (code >= 200 && code < 400) resolve({ ok: true, output: '' });
      else resolve({ ok: false, output: `HTTP probe failed with statuscode: ${code}` });
    };
    // Probes ask whether somebody answers, not who: pods' certificates are their own affair.
    const request = tls ? httpsRequest({ ...options, rejectUnauthorized: false }, answered) : httpRequest(options, answered);
    const timer = setTimeout(() => {
      request.destroy();
      failed('context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
    }, timeoutMs);
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error: NodeJS.ErrnoException) => failed(dialError(error, String(target.host), Number(target.port))));
    request.end();
  });
}

/** Go's words for a connection that failed. */
function dialError(error: NodeJS.ErrnoException, host: string, port: number): string {
  const at = `dial tcp ${bracketed(host)}:${port}`;
  if (error.code === 'ECONNREFUSED') return `${at}: connect: connection refused`;
  if (error.code === 'EHOSTUNREACH') return `${at}: connect: no route to host`;
  if (error.code === 'ENOTFOUND') return `dial tcp: lookup ${host}: no such host`;
  if (error.code === 'ECONNRESET') return 'read: connection reset by peer';
  return error.message === 'socket hang up' ? 'EOF' : error.message;
}

/** Whether the port takes a connection. */
export function tcpProbe(
  action: { readonly port: number | string; readonly host?: string },
  podIP: string,
  container: Container,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const port = resolvePort(action.port, container);
  if (port === undefined) return Promise.resolve({ ok: false, output: `couldn't find port: ${action.port} in container` });
  const host = action.host || podIP;
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (outcome: ProbeOutcome): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => done({ ok: false, output: `dial tcp ${bracketed(host)}:${port}: i/o timeout` }), timeoutMs);
    socket.once('connect', () => done({ ok: true, output: '' }));
    socket.once('error', (error) => done({ ok: false, output: dialError(error, host, port) }));
  });
}

/** Runs a command in the container; exit code 0 is a success. What it wrote is the output, up to 10 KiB. */
export async function execProbe(
  runtime: ContainerRuntime,
  id: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const session = await runtime.exec(id, { command, stdin: false, tty: false });
  const chunks: Buffer[] = [];
  let size = 0;
  const collect = (chunk: Buffer): void => {
    if (size < BODY_LIMIT) chunks.push(chunk.subarray(0, BODY_LIMIT - size));
    size += chunk.length;
  };
  session.stdout.on('data', collect);
  session.stderr?.on('data', collect);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), timeoutMs);
  });
  try {
    const code = await Promise.race([session.wait(), late]);
    if (code === 'late')
      return { ok: false, output: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s` };
    return { ok: code === 0, output: Buffer.concat(chunks).toString('utf8') };
  } finally {
    clearTimeout(timer);
    session.close();
  }
}

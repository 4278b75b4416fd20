import Docker from 'dockerode';
import { errorText, OoError } from '../../../common/errors.ts';
import { localErrors } from './local-errors.ts';

const standardSocket = '/var/run/docker.sock';

/** The socket of this machine's Docker. DOCKER_HOST may name another one of this machine. @throws OoError LAB_DOCKER_ELSEWHERE */
export function dockerSocket(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const host = env['DOCKER_HOST'] ?? '';
  if (host === '') return standardSocket;
  if (!host.startsWith('unix:///')) throw localErrors.LAB_DOCKER_ELSEWHERE(host.replace(/\/\/[^@/]*@/, '//'));
  return host.slice('unix://'.length);
}

/** A client of it that has been answered once. @throws OoError that says why not, and the way out */
export async function connectDocker(): Promise<Docker> {
  const socketPath = dockerSocket();
  const docker = new Docker({ host: '', socketPath });
  try {
    await docker.ping();
  } catch (error) {
    throw connectionError(error, socketPath);
  }
  return docker;
}

function connectionError(error: unknown, socket: string): OoError {
  const { code = '' } = error as { code?: string };
  if (code === 'EACCES' || code === 'EPERM') return localErrors.LAB_DOCKER_DENIED(socket, { cause: error });
  return localErrors.LAB_DOCKER_ABSENT(socket, { cause: error });
}

/** Asks Docker for a change; what it answers when it refuses becomes an error that says what was wanted. */
export async function ask<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof OoError) throw error;
    throw localErrors.LAB_DOCKER_REFUSED(what, dockerWords(error));
  }
}

/** The same, where something that is not there (any more), or is being taken away by another, is as good as done. */
export async function askIfThere(what: string, request: () => Promise<unknown>): Promise<void> {
  try {
    await request();
  } catch (error) {
    if (isGone(error)) return;
    throw localErrors.LAB_DOCKER_REFUSED(what, dockerWords(error));
  }
}

/** HTTP's status in an error of dockerode; undefined when Docker has not answered. */
export const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;

const isGone = (error: unknown): boolean =>
  statusOf(error) === 404 || (statusOf(error) === 409 && /already in progress/.test(errorText(error)));

/** What Docker said, without what docker-modem puts around it: `(HTTP code 404) no such container - TEXT `. */
function dockerWords(error: unknown): string {
  const { json } = error as { json?: unknown };
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string') return json.message;
  return errorText(error)
    .replace(/^\(HTTP code \d+\) .*? - /s, '')
    .trim();
}

import { Agent } from 'node:http';
import { inspect } from 'node:util';
import { isRuntimeUnavailable, RuntimeError, type RuntimeFailure } from './runtime-error.ts';

/** The engine's own limit for one request; kubelet's --runtime-request-timeout. */
const REQUEST_TIMEOUT = 120_000;

/**
 * Connections are kept: a new one per call costs more than most calls.
 * docker-modem formats its whole request for a debug line that nobody reads; the custom inspection keeps that cheap.
 */
export class EngineAgent extends Agent {
  constructor() {
    super({ keepAlive: true });
  }
  [inspect.custom](): string {
    return 'EngineAgent';
  }
}

const CONNECTION_CODES = new Set(['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE', 'EACCES', 'ETIMEDOUT', 'ENOTSOCK']);

const FAILURE_OF_STATUS: Readonly<Record<number, RuntimeFailure>> = {
  400: 'invalid',
  404: 'not-found',
  409: 'conflict',
  502: 'unavailable',
  503: 'unavailable',
};

/** What a daemon says that is about to end, or whose containerd is not there yet. */
const SHUTTING_DOWN =
  /client connection is closing|context canceled|containerd.*(?:connection refused|unavailable|no such file)/i;

interface EngineFailure {
  readonly statusCode?: number;
  readonly code?: string;
  readonly message?: string;
  readonly json?: unknown;
}

function engineMessage(failure: EngineFailure): string {
  const { json } = failure;
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string') return json.message;
  // docker-modem's own text, for answers whose body it has consumed: "(HTTP code 404) no such container - TEXT ".
  return (failure.message ?? String(failure)).replace(/^\(HTTP code \d+\) .*? - /s, '').trim();
}

/** Anything that dockerode throws, as a RuntimeError. */
export function runtimeError(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const failure: EngineFailure = typeof error === 'object' && error !== null ? error : { message: String(error) };
  if (failure.statusCode !== undefined) {
    const text = `Error response from daemon: ${engineMessage(failure)}`;
    // The modem's error stays out: it says the same again.
    const away = failure.statusCode === 500 && SHUTTING_DOWN.test(text);
    return new RuntimeError(away ? 'unavailable' : (FAILURE_OF_STATUS[failure.statusCode] ?? 'failed'), text);
  }
  if ((failure.code !== undefined && CONNECTION_CODES.has(failure.code)) || failure.message === 'socket hang up')
    return new RuntimeError('unavailable', `Cannot connect to the Docker daemon: ${failure.message ?? failure.code}`, {
      cause: error,
    });
  return new RuntimeError('failed', failure.message ?? String(error), { cause: error });
}

/**
 * Runs one call. `timeout` ms bound it, since a hung engine would otherwise hold a pod's worker for ever.
 * Rejects with a RuntimeError.
 */
export async function call<T>(request: () => Promise<T>, timeout = REQUEST_TIMEOUT): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new RuntimeError('unavailable', `the Docker daemon did not answer within ${timeout / 1000}s`)),
      timeout,
    );
  });
  try {
    return await Promise.race([request(), late]);
  } catch (error) {
    throw runtimeError(error);
  } finally {
    clearTimeout(timer);
  }
}

/** `call` for reads: tried once more when a kept connection turns out to be dead, as after a restart of the engine. */
export async function read<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await call(request);
  } catch (error) {
    if (error instanceof RuntimeError && isRuntimeUnavailable(error) && /socket hang up|ECONNRESET|EPIPE/.test(error.message))
      return call(request);
    throw error;
  }
}

/** `call`, where something that is not there (any more) is as good as done. */
export async function callIfThere(request: () => Promise<unknown>, timeout?: number): Promise<void> {
  try {
    await call(request, timeout);
  } catch (error) {
    if (!(error instanceof RuntimeError && error.failure === 'not-found')) throw error;
  }
}

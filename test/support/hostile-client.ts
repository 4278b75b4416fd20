import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { type ApiUnderTest, CONFIG_MAPS, configMap, startApi } from '../unit/platform/apiserver/api-under-test.ts';
import { patient } from './patience.ts';
import { processorTime } from './processor-time.ts';

/** Slower than this no other client may become, in ms. */
export const QUICK = 2_000;

/**
 * Fails when `work` takes more than `most` ms of the processor, which it shares with the API in this process, or so much longer that it was not
 * the rest of the machine that kept it.
 */
export async function isQuick<T>(what: string, most: number, work: () => Promise<T>): Promise<T> {
  const [began, beganAt] = [processorTime(), performance.now()];
  const result = await work();
  const [used, ms] = [processorTime() - began, performance.now() - beganAt];
  assert.ok(used < most, `${what} took ${used.toFixed()} ms of the processor`);
  assert.ok(ms < patient(most), `${what} took ${ms.toFixed()} ms`);
  return result;
}

/** A connection as somebody's, or as nobody's, whose bytes the test makes. What comes is read only when asked for. */
export async function raw(
  t: ApiUnderTest,
  as: string | null = null,
  more: ConnectionOptions & { allowHalfOpen?: boolean } = {},
): Promise<TLSSocket> {
  const { cert, key } = (await t.agent(as)).options;
  const socket = connect({
    host: '127.0.0.1',
    port: t.port,
    ca: t.certificates.caPem,
    ...(cert === undefined ? {} : { cert, key: key! }),
    ...more,
  });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** All that comes until the connection ends. */
export async function said(socket: TLSSocket): Promise<string> {
  let text = '';
  socket.on('data', (part: Buffer) => (text += part.toString('latin1')));
  if (!socket.closed) await once(socket, 'close');
  return text;
}

/** The control of every test with such clients: the same server answers others, and soon. */
export async function answersOthers(t: ApiUnderTest): Promise<void> {
  for (const [method, path, body] of [
    ['GET', '/readyz', undefined],
    ['GET', CONFIG_MAPS, undefined],
    ['PUT', `${CONFIG_MAPS}/control`, configMap('control', { at: String(performance.now()) })],
  ] as const) {
    const call = () => t.call(method, path, body === undefined ? {} : { body });
    assert.equal((await isQuick(`${method} ${path}`, QUICK, call)).code, 200, path);
  }
}

/** An API with an object that stays. */
export async function start(options: Parameters<typeof startApi>[0] = {}): Promise<ApiUnderTest> {
  const t = await startApi(options);
  await t.call('POST', CONFIG_MAPS, { body: configMap('control') });
  await answersOthers(t);
  return t;
}

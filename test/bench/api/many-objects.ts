import { type Contender, type Measurement } from '../harness.ts';
import { type Daemon, daemon } from './daemon.ts';
import { COLLECTION, configMap, perSecond } from './load.ts';

const OBJECTS = 100_000;
const PAGE = 500;
/** Memory is read that long (ms) after the last request. */
const SETTLE = 5_000;

/** A daemon with nothing of its users in it: the floor. */
export const emptyDaemon = (): Promise<Contender & AsyncDisposable> => contender('openshift start master, empty', 1);

/** The same daemon with 100,000 ConfigMaps of about 800 bytes. */
export const fullDaemon = (): Promise<Contender & AsyncDisposable> => contender('with 100,000 ConfigMaps', OBJECTS);

/** A round restarts the daemon on its data. The first one fills it. */
async function contender(name: string, objects: number): Promise<Contender & AsyncDisposable> {
  const server = await daemon();
  let filled: Promise<void> | undefined;
  return {
    name,
    async run(round) {
      filled ??= fill(server, objects);
      await filled;
      const ready = await server.start();
      try {
        return { 'ready ms': ready, ...(await use(server, objects, round)) };
      } finally {
        await server.stop();
      }
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function fill(server: Daemon, objects: number): Promise<void> {
  await server.start();
  await perSecond(16, objects, (n) => server.call('POST', COLLECTION, configMap(`m-${n}`, 'a')));
  await server.stop();
}

async function use(server: Daemon, objects: number, round: number): Promise<Measurement> {
  await settle();
  const idle = await server.memory();
  const gets = await perSecond(16, 4000, (n) => server.call('GET', `${COLLECTION}/m-${n % objects}`));
  const page = await perSecond(1, 20, () => server.call('GET', `${COLLECTION}?limit=${PAGE}`));
  const creates = await perSecond(16, 1000, (n) => server.call('POST', COLLECTION, configMap(`n${round}-${n}`, 'a')));
  await perSecond(16, 1000, (n) => server.call('DELETE', `${COLLECTION}/n${round}-${n}`));
  await settle();
  return { 'idle MiB': idle, 'get/s': gets, 'page of 500/s': page, 'create/s': creates, 'used MiB': await server.memory() };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLE));

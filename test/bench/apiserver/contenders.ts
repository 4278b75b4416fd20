import type { Contender, Measurement } from '../harness.ts';
import { MeasuredServer } from './measured-server.ts';

const IN_FLIGHT = 16;
const OBJECTS = 1000;
const GETS = 2000;
const LISTS = 20;
const WATCHERS = 50;
const EVENTS = 300;
const STORM = 2000;

const COLLECTION = '/api/v1/namespaces/default/configmaps';
const object = (name: string, value: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { app: 'bench' } },
    data: { value, filler: 'x'.repeat(500) },
  });

/** Calls `work` for 0..count-1, so many at a time; returns calls per second. */
async function perSecond(count: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < count) await work(next++);
    }),
  );
  return (count * 1000) / (performance.now() - began);
}

/** One server process for all rounds; each round has names of its own and leaves nothing behind. */
export function contender(
  name: string,
  args: readonly string[],
  answers?: Readonly<Record<string, string>>,
): Contender & Disposable {
  let started: Promise<MeasuredServer> | undefined;
  const server = (): Promise<MeasuredServer> => {
    started ??= MeasuredServer.start(args, IN_FLIGHT);
    return started;
  };
  return {
    name,
    async run(round) {
      const target = await server();
      if (answers !== undefined) target.tell({ kind: 'answers', answers });
      return measure(target, round);
    },
    [Symbol.dispose]: () => void started?.then((target) => target[Symbol.dispose]()),
  };
}

async function measure(server: MeasuredServer, round: number): Promise<Measurement> {
  const named = (n: number): string => `${COLLECTION}/r${round}-${n}`;
  const creates = await perSecond(OBJECTS, (n) => server.call('POST', COLLECTION, object(`r${round}-${n}`, 'a')));
  const gets = await perSecond(GETS, (n) => server.call('GET', named(n % OBJECTS)));
  const lists = await perSecond(LISTS, () => server.call('GET', COLLECTION));
  const updates = await perSecond(OBJECTS, (n) => server.call('PUT', named(n), object(`r${round}-${n}`, 'b')));
  const patches = await perSecond(OBJECTS, (n) =>
    server.call('PATCH', named(n), '{"data":{"value":"c"}}', 'application/merge-patch+json'),
  );
  const fanOut = await watchFanOut(server, named);
  server.tell({ kind: 'measure' });
  await perSecond(STORM, (n) => server.call('PUT', named(n % OBJECTS), object(`r${round}-${n % OBJECTS}`, `s${n}`)));
  const { p99 } = await server.report();
  const deletes = await perSecond(OBJECTS, (n) => server.call('DELETE', named(n)));
  return {
    'create/s': creates,
    'get/s': gets,
    'list/s': lists,
    'update/s': updates,
    'patch/s': patches,
    'delete/s': deletes,
    'events/s': fanOut,
    'storm p99 ms': p99,
  };
}

/** Events that reach 50 watchers per second, all together. */
async function watchFanOut(server: MeasuredServer, named: (n: number) => string): Promise<number> {
  let seen = 0;
  const done = Promise.withResolvers<void>();
  const { metadata } = JSON.parse(await server.call('GET', COLLECTION)) as { metadata: { resourceVersion: string } };
  const watches = await Promise.all(
    Array.from({ length: WATCHERS }, () =>
      server.watch(`${COLLECTION}?watch=true&resourceVersion=${metadata.resourceVersion}`, (count) => {
        seen += count;
        if (seen >= WATCHERS * EVENTS) done.resolve();
      }),
    ),
  );
  const began = performance.now();
  await perSecond(EVENTS, (n) => server.call('PUT', named(n), object(named(n).split('/').at(-1)!, `w${n}`)));
  await done.promise;
  const rate = (WATCHERS * EVENTS * 1000) / (performance.now() - began);
  for (const watch of watches) watch[Symbol.dispose]();
  return rate;
}

/** What the API answers to each kind of request, for the floor to say the same. */
export async function sampleAnswers(): Promise<Readonly<Record<string, string>>> {
  using server = await MeasuredServer.start(['api', 'memory'], IN_FLIGHT);
  const path = `${COLLECTION}/r0-1`;
  const created = await server.call('POST', COLLECTION, object('r0-1', 'a'));
  for (let n = 2; n <= OBJECTS; n++) await server.call('POST', COLLECTION, object(`r0-${n}`, 'a'));
  return {
    'POST all': created,
    'GET one': await server.call('GET', path),
    'GET all': await server.call('GET', COLLECTION),
    'PUT one': await server.call('PUT', path, object('r0-1', 'b')),
    'PATCH one': await server.call('PATCH', path, '{"data":{"value":"c"}}', 'application/merge-patch+json'),
    'DELETE one': await server.call('DELETE', path),
  };
}

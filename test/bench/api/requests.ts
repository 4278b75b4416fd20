import type { Measurement } from '../harness.ts';
import { COLLECTION, configMap, perSecond } from './load.ts';
import type { MeasuredServer } from './measured-server.ts';

const OBJECTS = 1000;
const GETS = 2000;
const LISTS = 20;

/** Each kind of request in turn, on a thousand objects. With one in flight a fifth as many writes and gets. */
export function measureRequests(inFlight: number) {
  const few = inFlight === 1 ? 5 : 1;
  return async (server: MeasuredServer, round: number): Promise<Measurement> => {
    const name = (n: number): string => `r${round}-${n % OBJECTS}`;
    const path = (n: number): string => `${COLLECTION}/${name(n)}`;
    const writes = OBJECTS / few;
    const measured: Record<string, number> = {};
    measured['create/s'] = await perSecond(inFlight, writes, (n) => server.call('POST', COLLECTION, configMap(name(n), 'a')));
    await perSecond(16, OBJECTS - writes, (n) => server.call('POST', COLLECTION, configMap(name(n + writes), 'a')));
    measured['get/s'] = await perSecond(inFlight, GETS / few, (n) => server.call('GET', path(n)));
    measured['list/s'] = await perSecond(inFlight, LISTS, () => server.call('GET', COLLECTION));
    measured['update/s'] = await perSecond(inFlight, writes, (n) => server.call('PUT', path(n), configMap(name(n), 'b')));
    measured['patch/s'] = await perSecond(inFlight, writes, (n) => server.patch(name(n), 'c'));
    measured['apply/s'] = await perSecond(inFlight, writes, (n) => server.apply(name(n), 'd'));
    await perSecond(16, OBJECTS - writes, (n) => server.call('DELETE', path(n + writes)));
    measured['delete/s'] = await perSecond(inFlight, writes, (n) => server.call('DELETE', path(n)));
    return measured;
  };
}

const STORM = 3000;

/** How late the server's event loop runs under a storm of writes, its 99th percentile in ms. A kube-apiserver tells nothing of the kind. */
export async function measureStorm(server: MeasuredServer, round: number): Promise<Measurement> {
  const objects = 300;
  const name = (n: number): string => `s${round}-${n % objects}`;
  await perSecond(16, objects, (n) => server.call('POST', COLLECTION, configMap(name(n), 'a')));
  server.tell({ kind: 'measure' });
  await perSecond(16, STORM, (n) => server.call('PUT', `${COLLECTION}/${name(n)}`, configMap(name(n), `s${n}`)));
  const { p99 } = await server.report();
  await perSecond(16, objects, (n) => server.call('DELETE', `${COLLECTION}/${name(n)}`));
  return { 'storm p99 ms': p99 };
}

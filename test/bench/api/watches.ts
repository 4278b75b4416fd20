import { type Measurement, quantile } from '../harness.ts';
import { COLLECTION, configMap, perSecond } from './load.ts';
import type { MeasuredServer } from './measured-server.ts';

const CREATES = 300;
/** Watches that are opened at once: a storm of handshakes is another measurement. */
const OPENING = 16;

/** Events that reach all of so many watchers per second, each on a TLS connection of its own. */
export function measureFanOut(watchers: number, events: number) {
  return async (server: MeasuredServer, round: number): Promise<Measurement> => {
    const name = (n: number): string => `w${round}-${n}`;
    await perSecond(16, events, (n) => server.call('POST', COLLECTION, configMap(name(n), 'a')));
    const { metadata } = JSON.parse(await server.call('GET', COLLECTION)) as { metadata: { resourceVersion: string } };
    const from = `${COLLECTION}?watch=true&resourceVersion=${metadata.resourceVersion}`;
    let seen = 0;
    const done = Promise.withResolvers<void>();
    const watches: Disposable[] = [];
    await perSecond(OPENING, watchers, async () => {
      const watch = await server.watch(from, (count) => {
        seen += count;
        if (seen >= watchers * events) done.resolve();
      });
      watches.push(watch);
    });
    const began = performance.now();
    await perSecond(16, events, (n) => server.call('PUT', `${COLLECTION}/${name(n)}`, configMap(name(n), 'b')));
    await done.promise;
    const rate = (watchers * events * 1000) / (performance.now() - began);
    for (const watch of watches) watch[Symbol.dispose]();
    await perSecond(16, events, (n) => server.call('DELETE', `${COLLECTION}/${name(n)}`));
    return { [`${watchers} watchers, events/s`]: rate };
  };
}

/** From the first byte of a create to its event at a watcher, one at a time, in ms. */
export async function measureCreateToEvent(server: MeasuredServer, round: number): Promise<Measurement> {
  const { metadata } = JSON.parse(await server.call('GET', COLLECTION)) as { metadata: { resourceVersion: string } };
  let arrived = (): void => undefined;
  using _watch = await server.watch(`${COLLECTION}?watch=true&resourceVersion=${metadata.resourceVersion}`, () => arrived());
  const took: number[] = [];
  for (let n = 0; n < CREATES; n++) {
    const event = new Promise<void>((resolve) => (arrived = resolve));
    const began = performance.now();
    const answer = server.call('POST', COLLECTION, configMap(`e${round}-${n}`, 'a'));
    await event;
    took.push(performance.now() - began);
    await answer;
  }
  arrived = (): void => undefined;
  await perSecond(16, CREATES, (n) => server.call('DELETE', `${COLLECTION}/e${round}-${n}`));
  return { 'create to event p50 ms': quantile(took, 0.5), 'p99 ms': quantile(took, 0.99) };
}

import { errorText } from '../../common/errors.ts';
import type { ServerContext } from './server-context.ts';
import { resourcePrefix } from './store/storage-key.ts';

/** How often expired objects are looked for, in ms, and how many are removed per round at most. */
const INTERVAL = 15_000;
const PER_ROUND = 2000;

interface Due {
  readonly key: string;
  readonly revision: number;
  readonly at: number;
}

/**
 * Removes objects of kinds with a time to live (events) that have not been written for so long. The time starts again when
 * the server does.
 */
export function startExpiry(server: ServerContext, every: number = INTERVAL): { stop(): void } {
  const stops: (() => void)[] = [];
  for (const definition of server.table.builtIn) {
    const seconds = definition.strategy?.timeToLive;
    if (seconds === undefined || definition.conversion !== undefined) continue;
    const cache = server.cache.resource(resourcePrefix(definition));
    // Writes come in order of time, so what is due first stands first.
    let queue: Due[] = cache
      .snapshot()
      .map(({ key, revision }) => ({ key, revision, at: server.clock.monotonic() + seconds * 1000 }));
    stops.push(
      cache.subscribe((events) => {
        for (const { object, deleted } of events)
          if (!deleted) queue.push({ key: object.key, revision: object.revision, at: server.clock.monotonic() + seconds * 1000 });
      }),
    );
    const sweep = async (): Promise<void> => {
      const now = server.clock.monotonic();
      let due = queue.findIndex(({ at }) => at > now);
      if (due === -1) due = queue.length;
      const expired = queue.slice(0, Math.min(due, PER_ROUND));
      queue = queue.slice(expired.length);
      for (const { key, revision } of expired)
        if (cache.get(key)?.revision === revision) await server.backend.delete(key, revision);
    };
    let running = false;
    const timer = setInterval(() => {
      if (running) return;
      running = true;
      sweep()
        .catch((error: unknown) =>
          server.log.warn({ error: errorText(error), resource: definition.plural }, 'removing expired objects failed'),
        )
        .finally(() => (running = false));
    }, every);
    timer.unref();
    stops.push(() => clearInterval(timer));
  }
  return { stop: () => stops.forEach((stop) => stop()) };
}

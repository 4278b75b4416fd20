import type * as X509 from '@peculiar/x509';

/**
 * Loads @peculiar/x509 only when something must be signed: it costs 80 ms, which no start after the first one pays.
 */
export async function loadX509(): Promise<typeof X509> {
  provideMetadata();
  return await import('@peculiar/x509');
}

/**
 * The library's dependency container wants the three functions of the decorator-metadata proposal and refuses to load
 * without; this is all of the proposal that it calls.
 */
function provideMetadata(): void {
  if ('getMetadata' in Reflect) return;
  const known = new WeakMap<object, Map<unknown, unknown>>();
  Object.assign(Reflect, {
    defineMetadata: (key: unknown, value: unknown, target: object) => {
      const own = known.get(target) ?? new Map<unknown, unknown>();
      known.set(target, own.set(key, value));
    },
    getOwnMetadata: (key: unknown, target: object) => known.get(target)?.get(key),
    getMetadata: (key: unknown, target: object) => {
      for (let holder: object | null = target; holder !== null; holder = Object.getPrototypeOf(holder) as object | null) {
        const own = known.get(holder);
        if (own?.has(key) === true) return own.get(key);
      }
      return undefined;
    },
  });
}

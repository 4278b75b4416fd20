import type { Backend, KeyValue, StoreEvent, WriteResult } from '../backend.ts';
import type { ValueCipher } from './value-cipher.ts';

/**
 * A backend whose values below some prefixes are encrypted in the store. Nobody above knows: what was stored plain is read as
 * it is, and encrypted with its next write.
 */
export function encryptedBackend(backend: Backend, prefixes: readonly string[], cipher: ValueCipher): Backend {
  const covers = (key: string): boolean => prefixes.some((prefix) => key.startsWith(prefix));
  const seal = (key: string, value: Uint8Array): Uint8Array => (covers(key) ? cipher.encrypt(key, value) : value);
  const open = <T extends KeyValue>(item: T): T =>
    covers(item.key) ? { ...item, value: cipher.decrypt(item.key, item.value) } : item;
  const openEvent = (event: StoreEvent): StoreEvent => {
    if (!covers(event.key)) return event;
    const { previous } = event;
    return {
      ...open(event),
      ...(previous === undefined ? {} : { previous: { ...previous, value: cipher.decrypt(event.key, previous.value) } }),
    };
  };
  const openResult = (result: WriteResult): WriteResult =>
    result.ok || result.current === undefined ? result : { ok: false, current: open(result.current) };
  return {
    currentRevision: () => backend.currentRevision(),
    async get(key) {
      const { item, revision } = await backend.get(key);
      return { item: item && open(item), revision };
    },
    async list(prefix, options) {
      const list = await backend.list(prefix, options);
      return { ...list, items: list.items.map(open) };
    },
    create: async (key, value) => openResult(await backend.create(key, seal(key, value))),
    update: async (key, value, expected) => openResult(await backend.update(key, seal(key, value), expected)),
    delete: async (key, expected) => openResult(await backend.delete(key, expected)),
    async *watch(prefix, from, signal) {
      for await (const { events, revision } of backend.watch(prefix, from, signal))
        yield { events: events.map(openEvent), revision };
    },
    failure: () => backend.failure(),
    defragment: () => backend.defragment(),
    compact: (revision) => backend.compact(revision),
    close: () => backend.close(),
  };
}

/**
 * Writes again what is below the prefixes and not yet under the key that encrypts now. A write of somebody else that comes first has
 * done it already. Returns how many values were written.
 */
export async function encryptAgain(backend: Backend, prefixes: readonly string[], cipher: ValueCipher): Promise<number> {
  let written = 0;
  for (const prefix of prefixes)
    for (const { key, value, revision } of (await backend.list(prefix)).items) {
      if (cipher.isCurrent(value)) continue;
      const sealed = cipher.encrypt(key, cipher.decrypt(key, value));
      if ((await backend.update(key, sealed, revision)).ok) written++;
    }
  return written;
}

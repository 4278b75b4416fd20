import type { Verbs } from '../api/verbs.ts';
import type { Client } from './client.ts';

/** The Client of code that shares the API server's process: its verbs, called directly. */
export function inProcessClient(verbs: Verbs, userName: string): Client {
  return {
    userName,
    get: (ref, options) => verbs.get(ref, options),
    list: (ref, options) => verbs.list(ref, options),
    watch: (ref, options) => verbs.watch(ref, options),
    create: (ref, object, options) => verbs.create(ref, object, options),
    update: (ref, object, options) => verbs.update(ref, object, options),
    patch: (ref, type, body, options) => verbs.patch(ref, type, body, options),
    delete: (ref, options) => verbs.delete(ref, options),
    deleteCollection: (ref, options) => verbs.deleteCollection(ref, options),
  };
}

import { isNotFound } from '../../api/status-error.ts';
import type { DeleteOptions, ListOptions } from '../../api/verbs.ts';
import type { ServerContext } from '../server-context.ts';
import type { StoredObject } from '../store/stored-object.ts';
import { deleteObject } from './delete-object.ts';
import { listObjects, type ListResult } from './list-objects.ts';
import type { Operation } from './operation.ts';

/** Deletes in flight at once: the store commits them together. */
const AT_ONCE = 16;

/** Deletes everything that a list with these options gives, each under the same options. Ends at the first that is refused. */
export async function deleteCollection(
  server: ServerContext,
  operation: Operation,
  options: DeleteOptions & ListOptions,
): Promise<ListResult> {
  const list = await listObjects(server, operation, options);
  const deleted: StoredObject[] = [];
  const queue = list.items.values();
  const worker = async (): Promise<void> => {
    for (const { object } of queue) {
      const { name, namespace } = object.metadata;
      const ref = { ...operation.ref, name: name!, ...(namespace === undefined ? {} : { namespace }) };
      try {
        deleted.push((await deleteObject(server, { ...operation, ref }, options)).stored);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  deleted.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { ...list, items: deleted };
}

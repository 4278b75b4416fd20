import type { ServerContext } from '../server-context.ts';
import { type StoredObject, unstored } from '../store/stored-object.ts';
import { currentObject } from './guaranteed-update.ts';
import { type Operation, strategyContext } from './operation.ts';
import { getVirtual } from './virtual-resource.ts';

/** One object as a reader gets it: stored, made up, or what its name stands for. */
export async function readObject(server: ServerContext, operation: Operation): Promise<StoredObject> {
  const { definition, ref } = operation;
  const scope = server.ledger.begin({ key: '', uid: '' }, true);
  const meant = await definition.alias?.(ref.name!, strategyContext(server, operation, scope));
  if (meant !== undefined) return unstored('', meant);
  return definition.virtual === undefined ? currentObject(server, operation) : getVirtual(server, operation);
}

import type { ServerContext } from '../server-context.ts';
import type { Operation } from './operation.ts';

/**
 * Waits until a write that says who may do what, what may be written, or what is served, is in the cache that decisions are made from: what is
 * granted or taken away is so from the answer on. A cache that does not come along is no reason to tell that the write had failed.
 */
export async function inForce(server: ServerContext, { definition }: Operation, revision: number): Promise<void> {
  if (definition.policy !== undefined || definition.decides === true || definition.defines !== undefined)
    await server.cache.reached(revision).catch(() => undefined);
}

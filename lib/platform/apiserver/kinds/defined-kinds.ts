import { errorText } from '../../../common/errors.ts';
import type { Log } from '../../../common/log.ts';
import type { KindSource, ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { equalJson } from '../store/json-value.ts';
import type { ObjectCache } from '../store/object-cache.ts';
import { resourcePrefix } from '../store/storage-key.ts';
import type { ResourceTable } from './resource-table.ts';

/**
 * Keeps the table in step with the objects that define kinds: with those that are there before it returns, with others as the cache learns
 * of them, and before anybody else is told. Gives a function that ends it.
 */
export function followDefinedKinds(table: ResourceTable, cache: ObjectCache, log: Log): () => void {
  const stops: (() => void)[] = [];
  for (const definition of table.builtIn)
    if (definition.defines !== undefined) stops.push(follow(definition, definition.defines, table, cache, log));
  return () => stops.forEach((stop) => stop());
}

function follow(of: ResourceDefinition, source: KindSource, table: ResourceTable, cache: ObjectCache, log: Log): () => void {
  const prefix = resourcePrefix(of);
  const known = new Map<string, KubeObject>();
  const set = (key: string, object: KubeObject): void => {
    const before = known.get(key);
    known.set(key, object);
    // Kinds that stay the same keep their identity, and with it what is remembered of them.
    if (before !== undefined && equalJson(source.facts(before), source.facts(object))) return;
    try {
      table.define(key, source.kinds(object));
    } catch (error) {
      log.error({ error: errorText(error), object: object.metadata.name }, 'the kinds of a definition cannot be served');
    }
  };
  const drop = (key: string): void => {
    known.delete(key);
    table.define(key, []);
  };
  let unsubscribe = (): void => undefined;
  const start = (): void => {
    unsubscribe();
    const resource = cache.resource(prefix);
    const there = resource.snapshot();
    for (const { key, object } of there) set(key, object);
    const keys = new Set(there.map(({ key }) => key));
    for (const key of known.keys()) if (!keys.has(key)) drop(key);
    unsubscribe = resource.subscribe((events) => {
      for (const { object, deleted } of events) {
        if (deleted) drop(object.key);
        else set(object.key, object.object);
      }
    });
  };
  start();
  const stopResets = cache.onReset(() => {
    if (cache.ready) start();
  });
  return () => {
    unsubscribe();
    stopResets();
  };
}

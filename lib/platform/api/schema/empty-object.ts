import { applyDefaults } from './apply-defaults.ts';

/** What Kubernetes writes for a struct in which nothing was set, e.g. the status of a new object: `{ replicas: 0 }`. */
export function emptyObject(schemaName: string): Record<string, unknown> {
  const object = {};
  applyDefaults(object, schemaName);
  return object;
}

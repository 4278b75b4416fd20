import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { applyDefaults } from '../../api/schema/apply-defaults.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import { cloneJson, freezeJson } from '../store/json-value.ts';
import type { StoredObject } from '../store/stored-object.ts';

/** The definition whose objects are stored: what operations work on, whatever version was asked for. */
export const storedDefinition = (served: ResourceDefinition): ResourceDefinition => served.conversion?.stored ?? served;

/** A decoded object of the version that was asked for, as it is stored. */
export function toStored(served: ResourceDefinition, object: KubeObject): KubeObject {
  if (served.conversion === undefined) return object;
  const converted = configToStored(served, object);
  applyDefaults(converted, served.conversion.stored.schema);
  return converted;
}

/** The same for a configuration to be applied, which says no more than it says: it may lack its metadata, and null is nothing. */
export function configToStored(served: ResourceDefinition, config: KubeObject): KubeObject {
  const { conversion } = served;
  if (conversion === undefined) return config;
  const { stored } = conversion;
  const said = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
  return {
    ...conversion.toStored({ metadata: {}, ...said } as KubeObject),
    apiVersion: groupVersionText(stored),
    kind: stored.kind,
  };
}

/** A stored object in the version that was asked for; frozen, as everything that is read. */
export function fromStored(served: ResourceDefinition, object: KubeObject): KubeObject {
  const { conversion } = served;
  if (conversion === undefined) return object;
  const converted = { ...conversion.fromStored(cloneJson(object)), apiVersion: groupVersionText(served), kind: served.kind };
  applyDefaults(converted, served.schema);
  return freezeJson(converted);
}

/** The bytes that a reader of that version gets. */
export const servedWire = (served: ResourceDefinition, stored: StoredObject): Buffer =>
  served.conversion === undefined ? stored.wire : Buffer.from(JSON.stringify(fromStored(served, stored.object)));

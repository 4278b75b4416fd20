import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, duplicate, IMMUTABLE_TEXT, invalid, notNegative, required } from '../validation/causes.ts';
import { dns1123Subdomain, qualifiedName } from '../validation/names.ts';

interface Driver {
  readonly name?: string;
  readonly nodeID?: string;
  readonly topologyKeys?: readonly string[];
  readonly allocatable?: { readonly count?: number };
}

const MAX_NODE_ID = 256;
const driversOf = ({ spec }: KubeObject): Driver[] => spec?.drivers ?? [];

function validate(object: KubeObject): StatusCause[] {
  const seen = new Set<string>();
  return driversOf(object).flatMap(({ name = '', nodeID = '', topologyKeys = [], allocatable }, i) => {
    const path = `spec.drivers[${i}]`;
    const causes = name === '' ? [required(`${path}.name`)] : [];
    if (name !== '') for (const text of dns1123Subdomain(name)) causes.push(invalid(`${path}.name`, name, text));
    if (nodeID === '') causes.push(required(`${path}.nodeID`));
    if (nodeID.length > MAX_NODE_ID) causes.push(invalid(`${path}.nodeID`, nodeID, `must be ${MAX_NODE_ID} characters or less`));
    causes.push(...notNegative(`${path}.allocatable.count`, allocatable?.count));
    if (seen.has(name)) causes.push(duplicate(`${path}.name`, name));
    seen.add(name);
    for (const [j, key] of topologyKeys.entries()) {
      if (topologyKeys.indexOf(key) < j) causes.push(duplicate(path, key));
      for (const text of qualifiedName(key)) causes.push(invalid(path, key, text));
    }
    return causes;
  });
}

function validateUpdate(object: KubeObject, old: KubeObject): StatusCause[] {
  return driversOf(object)
    .filter((driver) => driversOf(old).some((each) => each.name === driver.name && !deepEqual(each, driver)))
    .map((driver) => invalid('CSINodeDriver', driver, IMMUTABLE_TEXT));
}

export const csiNode = defineResource({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSINode',
  strategy: { validate, validateUpdate },
  columns: [nameColumn, countColumn('Drivers', (object) => driversOf(object).length), ageColumn],
});

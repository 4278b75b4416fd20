import { event as coreEvent } from '../core/event.ts';
import { defineVersion } from '../define-version.ts';
import type { KubeObject } from '../meta.ts';

/** Fields of core/v1 by what events.k8s.io/v1 calls them. Those with the same name are left out. */
const RENAMED: Readonly<Record<string, string>> = {
  regarding: 'involvedObject',
  note: 'message',
  reportingController: 'reportingComponent',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
};
const BACK = Object.fromEntries(Object.entries(RENAMED).map(([ours, theirs]) => [theirs, ours]));

const renamed = (object: KubeObject, names: Readonly<Record<string, string>>): KubeObject =>
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => [Object.hasOwn(names, key) ? names[key]! : key, value as unknown]),
  ) as unknown as KubeObject;

const { selectableFields = {} } = coreEvent;

/** Selectors that name fields as this group does; values are looked up where they are stored. */
const selectors = Object.fromEntries(
  Object.entries(selectableFields)
    .filter(([name]) => name !== 'source')
    .map(([name, value]) => [
      name.replace(/^involvedObject\./, 'regarding.').replace(/^reportingComponent$/, 'reportingController'),
      value,
    ]),
);

/** The same events as core/v1 has, with the names of the newer group. */
export const event = defineVersion(coreEvent, {
  group: 'events.k8s.io',
  version: 'v1',
  schema: 'io.k8s.api.events.v1.Event',
  selectableFields: selectors,
  toStored: (object) => renamed(object, RENAMED),
  fromStored: (object) => renamed(object, BACK),
});

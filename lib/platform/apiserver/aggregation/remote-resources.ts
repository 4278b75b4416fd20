import type { ServedResource, ServedSubresource } from '../discovery/served-resources.ts';
import { isRecord } from '../store/json-value.ts';

/** A server tells of so many resources at most; what is longer than these texts is no name. */
const MAX_RESOURCES = 2000;
const MAX_TEXT = 253;

/**
 * The resources of an APIResourceList that another server has sent. Everything in it is checked, since all clients are told of it:
 * what is no resource is left out. Throws a TypeError when it is no such list.
 */
export function remoteResources(value: unknown, of: { readonly group: string; readonly version: string }): ServedResource[] {
  if (!isRecord(value) || value['kind'] !== 'APIResourceList' || !Array.isArray(value['resources']))
    throw new TypeError('the answer is no APIResourceList');
  if (value['groupVersion'] !== `${of.group}/${of.version}`)
    throw new TypeError(`the answer is about ${JSON.stringify(value['groupVersion'])}`);
  const rows = value['resources'].slice(0, MAX_RESOURCES).flatMap((each) => row(each, of));
  return rows
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, ...rest }) => ({ ...rest, plural: name, subresources: subresourcesOf(name, rows) }))
    .sort((a, b) => (a.plural < b.plural ? -1 : 1));
}

interface Row extends Omit<ServedResource, 'plural' | 'subresources'> {
  readonly name: string;
}

const subresourcesOf = (plural: string, rows: readonly Row[]): ServedSubresource[] =>
  rows
    .filter(({ name }) => name.startsWith(`${plural}/`))
    .map(({ name, group, version, kind, verbs }) => ({ name: name.slice(plural.length + 1), group, version, kind, verbs }));

function row(value: unknown, of: { readonly group: string; readonly version: string }): Row[] {
  if (!isRecord(value) || !isText(value['name']) || !isText(value['kind'])) return [];
  const own = (key: string, otherwise: string): string => (isText(value[key]) ? value[key] : otherwise);
  return [
    {
      name: value['name'],
      kind: value['kind'],
      singular: own('singularName', ''),
      namespaced: value['namespaced'] === true,
      group: own('group', of.group),
      version: own('version', of.version),
      verbs: texts(value['verbs']),
      shortNames: texts(value['shortNames']),
      categories: texts(value['categories']),
    },
  ];
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= MAX_TEXT;
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter(isText).slice(0, 100) : []);

import { plainColumns } from '../../api/columns.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import { fromStored, servedWire } from '../operations/served-version.ts';
import type { ListResult } from '../operations/list-objects.ts';
import type { StoredObject } from '../store/stored-object.ts';
import type { Output } from './negotiation.ts';
import { type Framing, jsonFraming, protobufFraming } from './watch-framing.ts';

/** One way to show objects of a kind: as they are, by metadata only, or as rows of a table. */
export interface ObjectView {
  /** In JSON. */
  one(object: StoredObject): Buffer;
  list(result: ListResult): ListParts;
  /** The value of `object` in a watch frame, in the format of the watch. */
  watched(object: StoredObject): Buffer;
  bookmark(revision: number, initialEventsEnd: boolean): Buffer;
  readonly framing: Framing;
  /** Watchers with the same key share their frames. */
  readonly key: string;
}

/** A list that is not made yet. */
export interface ListParts {
  /** All but the items. */
  readonly head: { readonly kind: string; readonly apiVersion: string };
  readonly field: 'items' | 'rows';
  /** JSON of each, which is made when it is taken. */
  readonly items: Iterable<Buffer>;
}

const META = 'meta.k8s.io/v1';
const json = jsonFraming.encode;

/** Whole objects, their metadata alone, or a table. `now` in ms. */
export function viewFor(definition: ResourceDefinition, output: Output, now: () => number): ObjectView {
  if (output.view === 'table') return tableView(definition, output.includeObject, now);
  const framing = output.format === 'protobuf' ? protobufFraming : jsonFraming;
  return output.view === 'partial' ? partialView(framing) : plainView(definition, framing);
}

/** `emptyList`, as this view would answer it: clients make a list of the initial events with it (meta/v1 InitialEventsListBlueprint). */
const bookmarkMeta = (revision: number, end: boolean, emptyList: object, encode = json): object => ({
  resourceVersion: String(revision),
  creationTimestamp: null,
  ...(end
    ? {
        annotations: {
          'k8s.io/initial-events-end': 'true',
          'kubernetes.io/initial-events-list-blueprint': encode(emptyList).toString('base64'),
        },
      }
    : {}),
});

const listMeta = (result: ListResult): object => ({
  resourceVersion: String(result.revision),
  ...(result.continue === undefined ? {} : { continue: result.continue }),
  ...(result.remaining === undefined ? {} : { remainingItemCount: result.remaining }),
});

function plainView(definition: ResourceDefinition, framing: Framing): ObjectView {
  const apiVersion = groupVersionText(definition);
  const kind = definition.listKind ?? `${definition.kind}List`;
  const emptyList = { kind, apiVersion, metadata: {}, items: [] };
  const { encode } = framing;
  return {
    framing,
    key: `${framing.format}/${apiVersion}`,
    one: (object) => servedWire(definition, object),
    list: (result) => ({
      head: { kind, apiVersion, metadata: listMeta(result) },
      field: 'items',
      items: result.items.values().map((item) => servedWire(definition, item)),
    }),
    watched: (object) =>
      framing === jsonFraming ? servedWire(definition, object) : encode(fromStored(definition, object.object)),
    bookmark: (revision, end) =>
      encode({ kind: definition.kind, apiVersion, metadata: bookmarkMeta(revision, end, emptyList, encode) }),
  };
}

const partial = (object: KubeObject): object => ({ kind: 'PartialObjectMetadata', apiVersion: META, metadata: object.metadata });

function partialView(framing: Framing): ObjectView {
  const emptyList = { kind: 'PartialObjectMetadataList', apiVersion: META, metadata: {}, items: [] };
  const { encode } = framing;
  return {
    framing,
    key: `partial/${framing.format}`,
    one: ({ object }) => json(partial(object)),
    list: (result) => ({
      head: { kind: 'PartialObjectMetadataList', apiVersion: META, metadata: listMeta(result) },
      field: 'items',
      items: result.items.values().map(({ object }) => json(partial(object))),
    }),
    watched: ({ object }) => encode(partial(object)),
    bookmark: (revision, end) =>
      encode({ kind: 'PartialObjectMetadata', apiVersion: META, metadata: bookmarkMeta(revision, end, emptyList, encode) }),
  };
}

function tableView(definition: ResourceDefinition, include: Output['includeObject'], clock: () => number): ObjectView {
  const columns = definition.columns ?? plainColumns;
  const columnDefinitions = columns.map((column) => ({
    name: column.name,
    type: column.type ?? 'string',
    format: column.format ?? (column.name === 'Name' ? 'name' : ''),
    description: column.description ?? '',
    priority: column.priority ?? 0,
  }));
  const emptyList = { kind: 'Table', apiVersion: META, metadata: {}, columnDefinitions, rows: [] };
  const row = ({ object }: StoredObject, now: number): object => ({
    cells: columns.map((column) => column.cell(object, now)),
    object: include === 'None' ? null : include === 'Object' ? fromStored(definition, object) : partial(object),
  });
  const head = (metadata: object) => ({
    kind: 'Table',
    apiVersion: META,
    metadata,
    columnDefinitions,
  });
  const single = (object: StoredObject): Buffer =>
    json({ ...head({ resourceVersion: String(object.revision) }), rows: [row(object, clock())] });
  return {
    framing: jsonFraming,
    key: `table/${include}/${groupVersionText(definition)}`,
    one: single,
    list: (result) => {
      const now = clock();
      return { head: head(listMeta(result)), field: 'rows', items: result.items.values().map((item) => json(row(item, now))) };
    },
    watched: single,
    // kubectl reads the bookmark's resourceVersion and annotation from the row's object.
    bookmark: (revision, end) =>
      json({
        kind: 'Table',
        apiVersion: META,
        metadata: { resourceVersion: String(revision) },
        columnDefinitions,
        rows: [
          {
            cells: columns.map(() => null),
            object:
              include === 'None'
                ? null
                : { kind: 'PartialObjectMetadata', apiVersion: META, metadata: bookmarkMeta(revision, end, emptyList) },
          },
        ],
      }),
  };
}

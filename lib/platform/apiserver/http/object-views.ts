import { plainColumns } from '../../api/columns.ts';
import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import { groupVersionText } from '../kinds/resource-table.ts';
import { fromStored, servedWire } from '../operations/served-version.ts';
import type { ListResult } from '../operations/list-objects.ts';
import type { CacheEvent, EventType } from '../store/cache-event.ts';
import type { StoredObject } from '../store/stored-object.ts';
import type { Output } from './negotiation.ts';

/** One way to show objects of a kind: as they are, by metadata only, or as rows of a table. All give JSON bytes. */
export interface ObjectView {
  one(object: StoredObject): Buffer;
  list(result: ListResult): Buffer;
  /** The value of `object` in a watch frame. */
  watched(object: StoredObject): Buffer;
  bookmark(revision: number, initialEventsEnd: boolean): Buffer;
  /** Watchers with the same key share their frames. */
  readonly key: string;
}

const META = 'meta.k8s.io/v1';
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** Whole objects, their metadata alone, or a table. `now` in ms. */
export function viewFor(definition: ResourceDefinition, output: Output, now: () => number): ObjectView {
  if (output.view === 'table') return tableView(definition, output.includeObject, now);
  return output.view === 'partial' ? partialView() : plainView(definition);
}

/** A frame of a watch; encoded once for all watchers of the event that see it the same way. */
export function watchFrame(view: ObjectView, type: EventType, object: StoredObject, event: CacheEvent | undefined): Buffer {
  const key = `${type}/${view.key}`;
  const known = event?.frames.get(key);
  if (known !== undefined) return known;
  const frame = frameOf(type, view.watched(object));
  event?.frames.set(key, frame);
  return frame;
}

const FRAME_END = Buffer.from('}\n');

/** A frame in pieces, without a copy of the object's bytes. */
export const frameParts = (type: string, object: Buffer): readonly Buffer[] => [
  Buffer.from(`{"type":"${type}","object":`),
  object,
  FRAME_END,
];

/** One event of a watch in protobuf: its length goes before it. */
export const frameOf = (type: string, object: Buffer): Buffer => Buffer.concat(frameParts(type, object));

/** `emptyList`, as this view would answer it: clients make a list of the initial events with it (meta/v1 InitialEventsListBlueprint). */
const bookmarkMeta = (revision: number, end: boolean, emptyList: object): object => ({
  resourceVersion: String(revision),
  creationTimestamp: null,
  ...(end
    ? {
        annotations: {
          'k8s.io/initial-events-end': 'true',
          'kubernetes.io/initial-events-list-blueprint': json(emptyList).toString('base64'),
        },
      }
    : {}),
});

const listMeta = (result: ListResult): object => ({
  resourceVersion: String(result.revision),
  ...(result.continue === undefined ? {} : { continue: result.continue }),
  ...(result.remaining === undefined ? {} : { remainingItemCount: result.remaining }),
});

function joined(head: object, items: readonly Buffer[]): Buffer {
  const text = JSON.stringify(head);
  const parts: Buffer[] = [Buffer.from(`${text.slice(0, -1)},"items":[`)];
  const comma = Buffer.from(',');
  for (const [i, item] of items.entries()) {
    if (i > 0) parts.push(comma);
    parts.push(item);
  }
  parts.push(Buffer.from(']}'));
  return Buffer.concat(parts);
}

function plainView(definition: ResourceDefinition): ObjectView {
  const apiVersion = groupVersionText(definition);
  const kind = definition.listKind ?? `${definition.kind}List`;
  const emptyList = { kind, apiVersion, metadata: {}, items: [] };
  return {
    key: `object/${apiVersion}`,
    one: (object) => servedWire(definition, object),
    list: (result) =>
      joined(
        { kind, apiVersion, metadata: listMeta(result) },
        result.items.map((item) => servedWire(definition, item)),
      ),
    watched: (object) => servedWire(definition, object),
    bookmark: (revision, end) => json({ kind: definition.kind, apiVersion, metadata: bookmarkMeta(revision, end, emptyList) }),
  };
}

const partial = (object: KubeObject): object => ({ kind: 'PartialObjectMetadata', apiVersion: META, metadata: object.metadata });

function partialView(): ObjectView {
  const emptyList = { kind: 'PartialObjectMetadataList', apiVersion: META, metadata: {}, items: [] };
  return {
    key: 'partial',
    one: ({ object }) => json(partial(object)),
    list: (result) =>
      json({
        kind: 'PartialObjectMetadataList',
        apiVersion: META,
        metadata: listMeta(result),
        items: result.items.map(({ object }) => partial(object)),
      }),
    watched: ({ object }) => json(partial(object)),
    bookmark: (revision, end) =>
      json({ kind: 'PartialObjectMetadata', apiVersion: META, metadata: bookmarkMeta(revision, end, emptyList) }),
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
  const table = (metadata: object, rows: readonly object[]): Buffer =>
    json({ kind: 'Table', apiVersion: META, metadata, columnDefinitions, rows });
  const single = (object: StoredObject): Buffer => table({ resourceVersion: String(object.revision) }, [row(object, clock())]);
  return {
    key: `table/${include}/${groupVersionText(definition)}`,
    one: single,
    list: (result) => {
      const now = clock();
      return table(
        listMeta(result),
        result.items.map((item) => row(item, now)),
      );
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

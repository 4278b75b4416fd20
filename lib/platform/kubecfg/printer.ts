import { stringify } from 'yaml';
import type { Flags } from './flags.ts';
import type { OldObject } from './old-client.ts';

type Row = readonly string[];
interface Table {
  readonly columns: Row;
  readonly row: (object: OldObject) => Row;
}

/** Columns are as wide as their widest cell and three blanks, 20 at least. */
const MIN_WIDTH = 20;
const PADDING = 3;

const labels = (of: Record<string, string> | undefined): string =>
  Object.entries(of ?? {})
    .map((pair) => pair.join('='))
    .join(',');
/** A digest is as long as in what docker prints of images: its whole would push the other columns off the screen. */
const images = (manifest: OldObject | undefined): string =>
  ((manifest?.['containers'] ?? []) as OldObject[])
    .map(({ image }) => (image as string).replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1'))
    .join(',');

const TABLES: Readonly<Record<string, Table>> = {
  Pod: {
    columns: ['ID', 'Image(s)', 'Host', 'Labels', 'Status'],
    row: ({ id, desiredState, currentState, labels: own }) => [
      id,
      images(desiredState.manifest),
      currentState?.host ? `${currentState.host}/${currentState.hostIP ?? ''}` : '<unassigned>',
      labels(own),
      currentState?.status ?? '',
    ],
  },
  ReplicationController: {
    columns: ['ID', 'Image(s)', 'Selector', 'Replicas'],
    row: ({ id, desiredState }) => [
      id,
      images(desiredState.podTemplate?.desiredState.manifest),
      labels(desiredState.replicaSelector),
      String(desiredState.replicas),
    ],
  },
  Service: {
    columns: ['ID', 'Labels', 'Selector', 'IP', 'Port'],
    row: ({ id, labels: own, selector, portalIP, port }) => [
      id,
      labels(own),
      labels(selector),
      portalIP ?? '',
      String(port ?? ''),
    ],
  },
  Minion: { columns: ['Minion identifier', 'Labels'], row: ({ id, labels: own }) => [id, labels(own)] },
  Status: { columns: ['Status'], row: ({ status }) => [status] },
};

/** What the API answered: as JSON or YAML when that is asked for, else as a table with a row of dashes below its header. */
export function printed(object: OldObject, flags: Flags): string {
  if (flags.json === true) return `${JSON.stringify(object, undefined, 2)}\n`;
  if (flags.yaml === true) return stringify(object);
  const kind = String(object['kind']);
  const { columns, row } = TABLES[kind.replace(/List$/, '')]!;
  const rows = ((object['items'] as OldObject[] | undefined) ?? [object]).map(row);
  return tabulated([columns, columns.map(() => '----------'), ...rows]);
}

function tabulated(rows: readonly Row[]): string {
  // What an object holds is somebody's: no control character of it reaches a terminal.
  const clean = rows.map((row) => row.map((cell) => cell.replaceAll(/\p{Cc}/gu, '?')));
  const widths = clean[0]!.map((_, n) => Math.max(MIN_WIDTH, ...clean.map((row) => row[n]!.length + PADDING)));
  return clean
    .map(
      (row) =>
        `${row
          .map((cell, n) => cell.padEnd(widths[n]!))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
}

import type { Json, KubeObject } from './meta.ts';

/** A column of `kubectl get` (meta/v1 TableColumnDefinition) and how to fill its cell. `priority` 1 shows with -o wide. */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  readonly priority?: 0 | 1;
  /** `now` in ms, for ages. */
  readonly cell: (object: T, now: number) => Json;
}

/** Columns that many kinds share, and the formats of kubectl's printers. */
export const nameColumn: Column = { name: 'Name', format: 'name', cell: (object) => object.metadata.name ?? '' };

/** Time since the object was made. */
export const ageColumn: Column = { name: 'Age', cell: (object, now) => age(object.metadata.creationTimestamp, now) };

/** How kinds are shown that Kubernetes has no columns for. */
export const plainColumns: readonly Column[] = [
  { ...nameColumn, description: 'Name must be unique within a namespace.' },
  { name: 'Created At', type: 'date', cell: ({ metadata }) => metadata.creationTimestamp ?? '' },
];

/** `<unknown>` for no time, as for objects that were never stored. */
export function age(timestamp: string | null | undefined, now: number): string {
  return timestamp ? humanDuration(now - Date.parse(timestamp)) : '<unknown>';
}

/** Two units at most, and only one where the second would not matter (apimachinery's duration.HumanDuration). */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  return days < 365 * 8 ? pair(Math.floor(days / 365), 'y', days % 365, 'd') : `${Math.floor(days / 365)}y`;
}

const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;

/** kubectl's words for nothing. */
export const orNone = (text: string | undefined): string => (text === undefined || text === '' ? '<none>' : text);

/** A column of plain text out of the object. */
export const column = (name: string, cell: (object: KubeObject, now: number) => string, priority: 0 | 1 = 0): Column => ({
  name,
  cell,
  ...(priority === 0 ? {} : { priority }),
});

/** A column that -o wide shows alone. */
export const wideColumn = (name: string, cell: (object: KubeObject, now: number) => string): Column => column(name, cell, 1);

/** A column of numbers. */
export const countColumn = (name: string, cell: (object: KubeObject) => number): Column => ({ name, type: 'integer', cell });

import type { Json, KubeObject } from '../../api/meta.ts';
import { StatusError } from '../../api/status-error.ts';
import { cloneJson, isRecord, setKey } from '../store/json-value.ts';
import type { Atom } from '../structured-merge/atoms.ts';
import { compare } from '../structured-merge/compare.ts';
import { atomOf } from '../structured-merge/custom-atoms.ts';
import { difference, EMPTY, type FieldSet } from '../structured-merge/field-set.ts';
import { Unmergeable } from '../structured-merge/path-element.ts';
import { toFieldSet } from '../structured-merge/to-field-set.ts';
import { validateConfig } from '../structured-merge/validate-config.ts';
import type { OriginalConfig } from './apply-config.ts';

/** The manager that takes over from client-side apply. Others may do so under another name, and without this. */
export const KUBECTL = 'kubectl';
const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
const MAX_ANNOTATIONS = 256 * 1024;
/** What an annotation that somebody made up can lead to. */
const ILLEGIBLE = [SyntaxError, RangeError, Unmergeable, StatusError];

/**
 * What client-side apply set, and what still is as it was set: taking that over is no conflict. Undefined without a legible annotation of
 * the same version. (managedfields lastAppliedManager)
 */
export function lastAppliedSet(live: KubeObject, atom: Atom, original: OriginalConfig): FieldSet | undefined {
  const text = live.metadata.annotations?.[ANNOTATION];
  if (text === undefined || text === '') return undefined;
  try {
    const said = JSON.parse(text) as unknown;
    if (!isRecord(said) || said['apiVersion'] !== original.config['apiVersion']) return undefined;
    if (validateConfig(said, atomOf(original.kind)).length > 0) return undefined;
    const applied = original.toStored(said as Record<string, Json>);
    const { added = EMPTY, modified = EMPTY, removed = EMPTY } = compare(applied, live, atom) ?? {};
    return [modified, added, removed].reduce(difference, toFieldSet(applied, atom));
  } catch (error) {
    if (ILLEGIBLE.some((kind) => error instanceof kind)) return undefined;
    throw error;
  }
}

/** Keeps the annotation of client-side apply in step, where there is one, so that the way back stays open. (lastAppliedUpdater) */
export function updateLastApplied(object: KubeObject, config: Json): void {
  if (object.metadata.annotations?.[ANNOTATION] === undefined) return;
  const applied = cloneJson(config) as Record<string, unknown>;
  const metadata = isRecord(applied['metadata']) ? applied['metadata'] : {};
  const annotations = { ...(isRecord(metadata['annotations']) ? metadata['annotations'] : {}) };
  delete annotations[ANNOTATION];
  applied['metadata'] = { ...metadata, annotations };
  const text = `${goJson(sorted(applied))}\n`;
  const others = Object.entries(object.metadata.annotations).filter(([key]) => key !== ANNOTATION);
  const size = others.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), ANNOTATION.length);
  // An annotation that would be refused is worse than none.
  object.metadata.annotations[ANNOTATION] = size + Buffer.byteLength(text) > MAX_ANNOTATIONS ? '' : text;
}

/** JSON as Go's encoder writes it, and kubectl with it: characters that HTML or JavaScript could take for their own are escaped. */
const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) setKey(out, key, sorted(value[key]));
  return out;
}

import type { Json } from '../../api/meta.ts';
import { isRecord, setKey } from '../store/json-value.ts';

/** RFC 7396. Makes a new value; neither argument is changed, and no key reaches a prototype. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isRecord(patch)) return patch;
  const out: Record<string, Json> = {};
  if (isRecord(target)) for (const key of Object.keys(target)) if (!Object.hasOwn(patch, key)) setKey(out, key, target[key]);
  for (const key of Object.keys(patch)) {
    const value = patch[key] as Json;
    if (value === null) continue;
    const old = isRecord(target) && Object.hasOwn(target, key) ? (target[key] as Json) : null;
    setKey(out, key, isRecord(value) ? mergePatch(old, value) : value);
  }
  return out;
}

/** The letters of a Kubernetes name's generated part: no vowels, nothing that reads like another (apimachinery rand.SafeEncodeString). */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A short hash of anything that is JSON, for names of what is made of it: FNV-1a of 32 bits as Kubernetes takes. `collisions`: how
 * often another one has been in the way. The hash is not the one that Kubernetes would compute (that of Go's own print of the types).
 */
export function templateHash(value: unknown, collisions = 0): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(canonical(value) + (collisions === 0 ? '' : `#${collisions}`)))
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return [...String(hash)].map((digit) => SAFE[digit.charCodeAt(0) % SAFE.length]).join('');
}

/** JSON with its keys in order: the same value is the same text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`)
    .join(',')}}`;
}

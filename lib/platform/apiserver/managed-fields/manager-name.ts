import { newInvalid } from '../../api/status-error.ts';
import { invalid, required, tooLong } from '../../api/validation/causes.ts';

const MAX_BYTES = 128;
/** Letters, marks, numbers, punctuation, symbols and the space: what Go calls printable. */
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/**
 * The name under which a request owns fields: what it says, else how the client calls itself, up to the first slash. Throws Invalid for a
 * name that is too long or cannot be shown. `options`: kind of the request's options, for the error.
 */
export function managerName(said: string | undefined, userAgent: string | undefined, options: string): string {
  if (said !== undefined && said !== '') return checkManagerName(said, options);
  let name = '';
  for (const letter of (userAgent ?? '').split('/', 1)[0]!) {
    if (UNPRINTABLE.test(letter)) continue;
    if (Buffer.byteLength(name) + Buffer.byteLength(letter) > MAX_BYTES) break;
    name += letter;
  }
  return name === '' ? 'unknown' : name;
}

function checkManagerName(name: string, options: string): string {
  const causes = Buffer.byteLength(name) > MAX_BYTES ? [tooLong('fieldManager', MAX_BYTES)] : [];
  const bad = UNPRINTABLE.exec(name);
  if (bad !== null) {
    const code = bad[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    causes.push(
      invalid('fieldManager', name, `invalid character U+${code} (at position ${Buffer.byteLength(name.slice(0, bad.index))})`),
    );
  }
  if (causes.length > 0) throw newInvalid({ group: 'meta.k8s.io', kind: options }, '', causes);
  return name;
}

/** An applier must say who it is: its next application is compared with this one by that name. */
export function applierName(said: string | undefined): string {
  if (said === undefined || said === '')
    throw newInvalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
      required('fieldManager', 'is required for apply patch'),
    ]);
  return checkManagerName(said, 'PatchOptions');
}

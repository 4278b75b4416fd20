import { newBadRequest } from '../../api/status-error.ts';

/** Where a paged list goes on. */
export interface ContinueToken {
  /** Revision of the first page; 0: whatever is there now. */
  readonly revision: number;
  /** The last key of the page before. */
  readonly after: string;
}

const VERSION = 'meta.k8s.io/v1';

/** apiserver storage/continue.go: base64 of a small JSON, its keys relative to the resource's prefix. */
export function encodeContinue(token: ContinueToken, prefix: string): string {
  const rv = token.revision === 0 ? -1 : token.revision;
  return Buffer.from(JSON.stringify({ v: VERSION, rv, start: `${token.after.slice(prefix.length)}\0` })).toString('base64url');
}

/** Throws BadRequest for what is no token of ours. */
export function decodeContinue(text: string, prefix: string): ContinueToken {
  let value: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as typeof value;
  } catch {
    throw newBadRequest('continue key is not valid: illegal base64 data or JSON');
  }
  if (value?.v !== VERSION)
    throw newBadRequest(
      `continue key is not valid: server does not recognize this encoded version ${JSON.stringify(value?.v ?? '')}`,
    );
  const { rv, start } = value;
  if (!Number.isSafeInteger(rv) || rv === 0 || typeof start !== 'string' || !start.endsWith('\0') || start.length > 1024)
    throw newBadRequest('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  return { revision: Math.max(0, rv as number), after: prefix + start.slice(0, -1) };
}

import type { IncomingMessage } from 'node:http';

/** What headers with this prefix say of a user: the rest of the name is the key, lower case, percent-decoded. */
export function extraHeaders(request: IncomingMessage, prefix: string): Record<string, string[]> {
  const extra: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [header, values] of Object.entries(request.headersDistinct))
    if (header.startsWith(prefix) && header.length > prefix.length) extra[decoded(header.slice(prefix.length))] = values ?? [];
  return { ...extra };
}

/** Header names are percent-encoded where a key holds what a header may not. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

import { fingerprintOf } from '../transport/ssh/host-key.ts';

const begins = '-----BEGIN SSH HOST KEY KEYS-----';
const ends = '-----END SSH HOST KEY KEYS-----';

/**
 * SHA256 fingerprints (ssh-keygen -l) of the host keys that cloud-init wrote to a console, the last whole block of them; none until it has. The
 * keys were made inside and came by the console, not by the network that they are to be trusted over.
 */
export function publishedHostKeys(console: string): readonly string[] {
  const end = console.lastIndexOf(ends);
  const begin = console.lastIndexOf(begins, end);
  if (end < 0 || begin < 0) return [];
  const keys = [...console.slice(begin, end).matchAll(/^\S*?((?:ssh|ecdsa|sk)-[\w@.-]+) ([A-Za-z0-9+/]{40,}={0,2})/gm)];
  return keys.map(([, , blob = '']) => fingerprintOf(Buffer.from(blob, 'base64')));
}

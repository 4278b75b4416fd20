import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';

/** A resolver to ask. */
export interface Upstream {
  readonly address: string;
  readonly port: number;
}

const RESOLV_CONF = '/etc/resolv.conf';
/** How long a look at the file is good for, in ms: DHCP clients rewrite it while we run. */
const FRESH_FOR = 5_000;

/** `192.0.2.53`, `192.0.2.53:5353` or `[2001:db8::53]:5353`; undefined for anything else. */
export function parseUpstream(text: string): Upstream | undefined {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([0-9.]+)):(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? text;
  const port = Number(match?.[3] ?? 53);
  return isIP(address) === 0 || port < 1 || port > 65535 ? undefined : { address, port };
}

/** The nameservers of a resolv.conf, in order (resolv.conf(5) takes three). */
function parseResolvConf(text: string): Upstream[] {
  return text
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .flatMap((address) => parseUpstream(address.replace(/%.*$/, '')) ?? [])
    .slice(0, 3);
}

/** The resolvers of this machine, read again when the file changes. `own` addresses are left out: asking them would be a loop. */
export function hostUpstreams(own: readonly string[], file = RESOLV_CONF): () => Promise<readonly Upstream[]> {
  let known: readonly Upstream[] = [];
  let changedAt = -1;
  let lookedAt = -Infinity;
  return async () => {
    if (performance.now() - lookedAt < FRESH_FOR) return known;
    lookedAt = performance.now();
    try {
      const { mtimeMs } = await stat(file);
      if (mtimeMs === changedAt) return known;
      known = parseResolvConf(await readFile(file, 'utf8')).filter(({ address }) => !own.includes(address));
      changedAt = mtimeMs;
    } catch {
      // A machine without the file has no resolvers; one that is being rewritten keeps the old ones.
    }
    return known;
  };
}

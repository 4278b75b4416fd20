import { createConnection } from 'node:net';
import { findPackageManager } from './index.ts';
import { runCommand } from '../run-command.ts';

/** ms for one of the mirrors to let us connect. A resolver that nobody answers for takes longer, and is an answer too. */
const patience = 3000;

/** Whether this server could fetch packages by itself: one of the places that its package manager would ask can be connected to. */
export async function mirrorsReachable(): Promise<{ reachable: boolean; reason: string }> {
  const manager = await findPackageManager();
  if (manager === undefined) return { reachable: false, reason: 'it has no package manager' };
  // dnf and zypper choose from lists of mirrors that they fetch: only trying tells.
  if (manager.name !== 'apt') return { reachable: true, reason: '' };
  // What an update would ask for: `indextargets` knows only the lists that are there, and a fresh server has none.
  const targets = await runCommand(['apt-get', '--print-uris', 'update']);
  const proxy = await runCommand(['apt-config', 'shell', 'proxy', 'Acquire::http::Proxy']);
  const origins = aptOrigins(targets.stdout, proxy.stdout, process.env['http_proxy']);
  if (origins.length === 0) return { reachable: false, reason: 'its apt has no package sources' };
  const answers = await Promise.all(origins.map((origin) => canConnect(origin)));
  if (answers.includes(true)) return { reachable: true, reason: '' };
  return { reachable: false, reason: `it cannot connect to ${origins.map((origin) => origin.host).join(', ')}` };
}

/** Host and port of each mirror, or of the proxy that stands before all of them. Sources that are folders are always there. */
export function aptOrigins(
  printedUris: string,
  aptProxy: string,
  envProxy: string | undefined,
): { host: string; port: number }[] {
  const proxy = /^proxy='(.+)'$/m.exec(aptProxy)?.[1] ?? envProxy;
  const urls =
    proxy !== undefined && proxy !== 'DIRECT' ? [proxy] : [...printedUris.matchAll(/^'([^']+)'/gm)].map((match) => match[1]!);
  const origins = new Map<string, { host: string; port: number }>();
  for (const text of urls) {
    const url = URL.parse(text.trim().replace(/^(mirror\+|tor\+)/, ''));
    if (url === null || !/^https?:$/.test(url.protocol)) continue;
    origins.set(url.host, { host: url.hostname, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80) });
  }
  return [...origins.values()].slice(0, 4);
}

function canConnect({ host, port }: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    const end = (answer: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(false), patience);
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

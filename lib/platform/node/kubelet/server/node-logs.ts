import { constants } from 'node:fs';
import { type FileHandle, open, readdir, readlink, realpath } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { serveJournal } from './journal.ts';
import { TextError } from './text-error.ts';

/** Where a machine keeps its logs. */
export interface NodeLogSources {
  /** @default /var/log */
  readonly folder?: string;
  /** Reads systemd's journal. @default journalctl */
  readonly journalctl?: string;
}

/**
 * GET /logs/PATH: a file below /var/log, or a page of links to what is in a folder; /logs/journal, and /logs/?query=UNIT, the journal. As kubelets answer it
 * (kubelet/server EnableSystemLogHandler and OpenShift's journal): `oc adm node-logs` makes lines of the links. Throws a TextError.
 */
export async function serveNodeLogs(
  { folder = '/var/log', journalctl = 'journalctl' }: NodeLogSources,
  path: readonly string[],
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  if (path.join('/') === 'journal' || (path.length === 0 && query.has('query'))) return serveJournal(journalctl, query, response);
  const root = await realpath(folder);
  // With O_NONBLOCK a pipe that nobody writes to keeps nobody waiting.
  const file = await open(join(root, ...path), constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) throw new TextError(404, '404 page not found');
  try {
    await sendFile(root, file, response);
  } finally {
    await file.close();
  }
}

/** Judges what has been opened, not its name: programs that write logs may put links there, and change them meanwhile. */
async function sendFile(root: string, file: FileHandle, response: ServerResponse): Promise<void> {
  const real = await readlink(`/proc/self/fd/${file.fd}`);
  const stats = await file.stat();
  const isBelow = real === root || real.startsWith(`${root}/`);
  if (!isBelow || !(stats.isFile() || stats.isDirectory())) throw new TextError(404, '404 page not found');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (stats.isDirectory()) {
    const names = await readdir(`/proc/self/fd/${file.fd}`, { withFileTypes: true });
    const links = names.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<pre>\n${links.map((name) => `<a href="${encodeURI(name)}">${escaped(name)}</a>\n`).join('')}</pre>\n`);
    return;
  }
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  // Not more than was there: a log that is written to would never end.
  const end = stats.size - 1;
  if (end < 0) return void response.end();
  await pipeline(file.createReadStream({ start: 0, end, autoClose: false }), response).catch(() => response.destroy());
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

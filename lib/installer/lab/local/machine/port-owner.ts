import type Docker from 'dockerode';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { ask } from '../docker-client.ts';

/** Ports, of those asked for, that somebody listens on; each with who it is, as far as this account may know. */
export async function takenPorts(
  docker: Docker,
  asked: {
    readonly ports: readonly number[];
    readonly address: string;
    /** Containers that may have them. */
    readonly except: (labels: Readonly<Record<string, string>>) => boolean;
  },
): Promise<readonly { readonly port: number; readonly by: string }[]> {
  const taken: number[] = [];
  for (const port of asked.ports) if (!(await isFree(port, asked.address))) taken.push(port);
  if (taken.length === 0) return [];
  const containers = await ask('list the containers', () => docker.listContainers({}));
  const owners = await Promise.all(
    taken.map(async (port) => {
      const container = containers.find(({ Ports }) => Ports.some(({ PublicPort }) => PublicPort === port));
      if (container === undefined) return [{ port, by: await processOn(port) }];
      return asked.except(container.Labels)
        ? []
        : [{ port, by: `the container ${container.Names[0]?.slice(1) ?? container.Id}` }];
    }),
  );
  return owners.flat();
}

/** Whether it can be listened on. An address that is not this machine's is another problem, which is told elsewhere. */
function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'EADDRINUSE' && code !== 'EACCES'));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Linux: the socket's inode in /proc/net/tcp, then the process that has it open. Others' processes are seen by root alone. */
async function processOn(port: number): Promise<string> {
  const inodes = new Set(await listeningInodes(port));
  for (const pid of (await entries('/proc')).filter((name) => /^\d+$/.test(name))) {
    for (const fd of await entries(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) return `${(await text(`/proc/${pid}/comm`)).trim()} (process ${pid})`;
    }
  }
  return 'another program';
}

/** proc(5), /proc/net/tcp: state 0A is LISTEN, the tenth column is the inode. */
async function listeningInodes(port: number): Promise<string[]> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = await Promise.all([text('/proc/net/tcp'), text('/proc/net/tcp6')]);
  return tables
    .flatMap((table) => table.split('\n').map((line) => line.trim().split(/\s+/)))
    .filter(([, local, , state]) => local?.endsWith(suffix) === true && state === '0A')
    .map((row) => row[9] ?? '');
}

const entries = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
const text = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

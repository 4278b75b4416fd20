import { rmdir } from 'node:fs/promises';
import { errorText } from '../../common/errors.ts';
import { docker, foreignContainers } from './handlers/docker-handlers.ts';
import { removeTree } from './journal/remove-tree.ts';
import { runCommand } from './run-command.ts';

/** Packages that carry Docker, on any distribution that we know. */
export const dockerPackages: ReadonlySet<string> = new Set([
  'docker.io',
  'docker-ce',
  'moby-engine',
  'docker',
  'containerd',
  'containerd.io',
  'runc',
]);

/**
 * What in this Docker is somebody else's and would be lost with it, or nothing. Images that can be pulled again do not count. Docker that
 * runs but does not answer keeps its secret, and stays.
 */
export async function whyDockerStays(): Promise<string> {
  try {
    const containers = await foreignContainers();
    if (containers.length > 0) return `containers that are not ours: ${some(containers.map(({ name }) => name))}`;
    const { Volumes: volumes } = await (await docker()).listVolumes();
    if (volumes.length > 0) return `volumes that are not ours: ${some(volumes.map(({ Name: name }) => name))}`;
    const images = await (await docker()).listImages();
    const built = images.filter((image) => (image.RepoDigests ?? []).length === 0).flatMap((image) => image.RepoTags ?? []);
    const tags = built.filter((tag) => tag !== '<none>:<none>');
    return tags.length > 0 ? `images that are not ours: ${some(tags)}` : '';
  } catch (error) {
    const { code } = await runCommand(['docker', 'version']);
    // One that is too slow to tell was ended by us (128). It may well run, and what it holds would be lost.
    return code === 0 || code === 128 ? `it cannot be asked what it holds (${errorText(error)})` : '';
  }
}

/** Containers of somebody else that run right now, or nothing. */
export async function runningForeigners(): Promise<string> {
  try {
    const running = (await foreignContainers()).filter((container) => container.running);
    return running.length === 0 ? '' : `containers that are not ours run in it: ${some(running.map(({ name }) => name))}`;
  } catch {
    return '';
  }
}

const some = (names: readonly string[]): string => names.slice(0, 5).join(', ') + (names.length > 5 ? ', ...' : '');

/**
 * Takes away what Docker leaves behind and its package does not know: its folders, its bridge and its rules. To be called when
 * Docker came with us and nothing in it is somebody else's; the rules before its packages (and iptables with them) go.
 */
export async function removeDockerRules(): Promise<void> {
  await runCommand(['systemctl', 'stop', 'docker.socket', 'docker.service', 'containerd.service']);
  for (const program of ['iptables', 'ip6tables']) {
    for (const table of ['nat', 'filter']) await removeRules(program, table);
  }
  for (const family of ['ip', 'ip6']) for (const table of ['nat', 'filter']) await removeEmptyTable(family, table);
  await runCommand(['ip', 'link', 'delete', 'docker0']);
}

/** iptables makes a table with its first rule and leaves it when the last one is gone. */
async function removeEmptyTable(family: string, table: string): Promise<void> {
  const { code, stdout } = await runCommand(['nft', 'list', 'table', family, table]);
  const rules = stdout.split('\n').filter((line) => !/^\s*(table .*|chain .*|type .* policy accept;|}|)\s*$/.test(line));
  if (code === 0 && rules.length === 0) await runCommand(['nft', 'delete', 'table', family, table]);
}

async function removeRules(program: string, table: string): Promise<void> {
  const { code, stdout } = await runCommand([`${program}-save`, '-t', table]);
  if (code !== 0) return;
  const lines = stdout.split('\n');
  const chains = lines.flatMap((line) => /^:(DOCKER\S*) /.exec(line)?.[1] ?? []);
  if (chains.length === 0) return;
  const isDockers = (line: string) => / (docker0|DOCKER\S*)( |$)/.test(line) || line.includes('172.17.0.0/16');
  for (const line of lines.filter((candidate) => candidate.startsWith('-A ') && isDockers(candidate))) {
    await runCommand([program, '-t', table, '-D', ...line.slice(3).trim().split(' ')]);
  }
  for (const chain of chains) await runCommand([program, '-t', table, '-F', chain]);
  for (const chain of chains) await runCommand([program, '-t', table, '-X', chain]);
  // Docker set it to DROP when it turned forwarding on.
  if (table === 'filter' && !lines.some((line) => line.startsWith('-A FORWARD ') && !isDockers(line))) {
    await runCommand([program, '-P', 'FORWARD', 'ACCEPT']);
  }
}

/** Folders that Docker makes at run time. Reached only when nothing in them was somebody else's. */
export async function removeDockerFolders(): Promise<void> {
  const folders = ['/var/lib/docker', '/var/lib/containerd', '/etc/docker', '/run/docker', '/run/containerd', '/opt/containerd'];
  for (const path of [...folders, '/run/docker.sock', '/run/docker.pid']) await removeTree(path).catch(() => undefined);
  // containerd makes them for networks that it never gets.
  for (const path of ['/etc/cni/net.d', '/etc/cni']) await rmdir(path).catch(() => undefined);
}

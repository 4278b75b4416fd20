import type Docker from 'dockerode';
import { rm } from 'node:fs/promises';
import { errorText, type OoError } from '../../../../common/errors.ts';
import { debianArchitecture } from '../../../artifacts/debian-architecture.ts';
import { networkOptions } from '../../../artifacts/packages/network-options.ts';
import { ownMirrors, requireApt, sourcesList } from '../../../artifacts/packages/private-apt.ts';
import { distros } from '../../../distro/index.ts';
import { ask, statusOf } from '../docker-client.ts';
import { localErrors } from '../local-errors.ts';
import { imageRoomProblems } from '../machine/room.ts';
import { buildIdsProblem, isOnPath } from './build-ids.ts';
import { buildTree } from './build-tree.ts';
import { initProgram, recipeHash, type SystemRecipe, treeArguments } from './system-recipe.ts';
import { makeWorkFolder } from './work-folder.ts';

/** What a Debian of a cloud has, and a person in a class misses otherwise. */
const packages = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'openssh-server',
  'cloud-init',
  // What cloud-init's dependencies forget.
  'python3-cffi-backend',
  'procps',
  'kmod',
  'sudo',
  'ca-certificates',
  'netbase',
  'passwd',
  'bash-completion',
  'curl',
  'less',
  'nano',
];
/** Docker comes with the image, as on the hosts of Project Atomic: the platform does not wait for it. */
const needs = ['docker', 'cni-plugins', 'nftables', 'iptables', 'conntrack', 'iproute'] as const;

const files = {
  // The one data source is the seed that the host is given; Docker has set up the network; minimal trees can generate no locale.
  '/etc/cloud/cloud.cfg.d/90-lab.cfg': 'datasource_list: [NoCloud]\nnetwork: {config: disabled}\nlocale: false\n',
  // Many connections at once are what an installer makes.
  '/etc/ssh/sshd_config.d/lab.conf': 'MaxStartups 100\n',
};

type Release = SystemRecipe['release'];
const distroName = { bookworm: 'debian-12', trixie: 'debian-13' } as const;
const distroFor = (release: Release) => distros.find(({ name }) => name === distroName[release])!;

/** What the image of lab hosts is made of. */
export function hostRecipe(release: Release): SystemRecipe {
  const distro = distroFor(release);
  return { release, packages: [...packages, ...needs.flatMap((need) => distro.packages[need] ?? [])], files };
}

/** Named by all that it is made from. Labs share it, and it stays when they go: `docker rmi` takes it away. */
export function hostImage(release: Release): string {
  return `oo-install/lab-host:${release}-${recipeHash(treeArguments(hostRecipe(release), []), finish(''))}`;
}

/** Whether Docker has the image. */
export async function hasImage(docker: Docker, tag: string): Promise<boolean> {
  try {
    await docker.getImage(tag).inspect();
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    return ask(`look for the image ${tag}`, () => Promise.reject(error));
  }
}

/** Why the image could not be made here, or undefined. */
export async function imageProblem(): Promise<OoError | undefined> {
  return (await isOnPath('mmdebstrap')) ? buildIdsProblem() : localErrors.LAB_IMAGE_TOOL_MISSING();
}

/** Makes the image where Docker does not have it, and answers its name. `report`: what is being done. */
export async function ensureHostImage(
  docker: Docker,
  release: Release,
  options: { readonly report: (message: string) => void; readonly signal: AbortSignal },
): Promise<string> {
  const tag = hostImage(release);
  if (await hasImage(docker, tag)) return tag;
  const problem = await imageProblem();
  if (problem !== undefined) throw problem;
  const archive = await requireApt(distroFor(release));
  const mirrors = await ownMirrors();
  const arch = debianArchitecture();
  const sources = sourcesList(archive, arch, mirrors);
  // A mirror's password is the operator's, not the attendees'.
  const sourcesInside = sourcesList(
    archive,
    arch,
    mirrors.filter((uri) => !uri.includes('@')),
  );
  const folder = await makeWorkFolder();
  try {
    const argv = treeArguments(hostRecipe(release), await networkOptions(), finish(sourcesInside));
    options.report(`makes the image of the hosts out of ${distroFor(release).title}: once, in about a minute`);
    const tree = buildTree(argv, sources.trim().split('\n'), { folder, signal: options.signal });
    let cause: unknown;
    const importing = tree.begun.then(() =>
      importTree(docker, tree.tar).catch((error: unknown) => {
        // An archive that ended before Docker gave up ended too early: then mmdebstrap knows why.
        if (!tree.tar.readableEnded) cause = error;
        tree.tar.destroy();
        throw error;
      }),
    );
    const [made, imported] = await Promise.allSettled([tree.ended, importing]);
    // Named last: an image of this name is a whole one.
    if (made.status === 'fulfilled' && imported.status === 'fulfilled') return await nameImage(docker, imported.value, tag);
    if (imported.status === 'fulfilled') await docker.getImage(imported.value).remove();
    options.signal.throwIfAborted();
    cause ??= [made, imported].find((result) => result.status === 'rejected')?.reason;
    // apt's own words about a disk that is too small do not get through mmdebstrap.
    const room = await imageRoomProblems(folder);
    throw localErrors.LAB_IMAGE_FAILED(tag, [errorText(cause), ...room].join('; '));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Last of the hooks. This machine's apt settings are not the hosts'; host keys of an image would be everybody's. */
const finish = (sources: string): string => `rm -f "$1"/etc/apt/apt.conf.d/99mmdebstrap "$1"/etc/ssh/ssh_host_*
rm -f "$1"/etc/apt/sources.list.d/*
cat >"$1/etc/apt/sources.list" <<'END-OF-FILE'
${sources}END-OF-FILE
`;

/** Answers the image's id. */
async function importTree(docker: Docker, tar: NodeJS.ReadableStream): Promise<string> {
  const answer = await docker.importImage(tar, { changes: [`CMD ["${initProgram}"]`] });
  let said = '';
  for await (const chunk of answer) said += String(chunk);
  const id = /"status":"(sha256:[0-9a-f]{64})"/.exec(said)?.[1];
  if (id === undefined)
    throw new Error(/"error":"((?:[^"\\]|\\.)*)"/.exec(said)?.[1] ?? `docker import answered ${said.slice(0, 200)}`);
  return id;
}

async function nameImage(docker: Docker, id: string, tag: string): Promise<string> {
  const [repo = '', name = ''] = tag.split(':');
  await ask(`name the image ${tag}`, () => docker.getImage(id).tag({ repo, tag: name }));
  return tag;
}

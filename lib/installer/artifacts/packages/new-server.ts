import type { Distro } from '../../distro/distro.ts';
import type { DebianArchitecture } from '../debian-architecture.ts';
import { type ClosurePackage, fetchPackages, resolveWith } from './package-closure.ts';
import { privateApt } from './private-apt.ts';

/** What every server of the family has: without them there is no apt and no boot. */
const base = ['?essential', '?priority(required)', 'apt', 'systemd-sysv'];

/**
 * The packages that a server nobody has looked at needs for `names`: all that they depend on, without what the smallest system of that release
 * has itself. What a server turns out to have already is left out when they are sent.
 */
export async function resolveNewServer(request: {
  readonly cacheDir: string;
  readonly distro: Distro;
  readonly arch: DebianArchitecture;
  readonly names: readonly string[];
}): Promise<ClosurePackage[]> {
  const { cacheDir, names } = request;
  const apt = await privateApt(request);
  await apt.update();
  const ours = new Set((await resolveWith(apt, { ...request, names: base, status: '' })).map(({ name }) => name));
  const all = await resolveWith(apt, { ...request, names: [...base, ...names], status: '' });
  const files = all.filter(({ name }) => !ours.has(name)).sort((a, b) => (a.file < b.file ? -1 : 1));
  await fetchPackages(apt, cacheDir, files);
  return files;
}

import type { DiskFact } from '../../transport/facts.ts';
import { failure, type Finding, ok, type Preflight, warning } from './preflight.ts';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

export const memory: Preflight = ({ facts: { memory: found } }) => {
  const total = `${(found.total / gibibyte).toFixed(1)} GiB of memory`;
  if (found.total < 700 * mebibyte) return failure('memory', `${total}: too little`, 'the platform and Docker need 1 GiB');
  if (found.total < 1.7 * gibibyte) return warning('memory', `${total}: little room for pods`, '2 GiB or more are comfortable');
  return ok('memory', total);
};

/** Bytes that each folder needs. Folders on one file system share its room. */
const needs: readonly { path: string; bytes: number }[] = [
  { path: '/opt/oo-install', bytes: 400 * mebibyte },
  { path: '/var/lib/docker', bytes: 1.5 * gibibyte },
  { path: '/var/lib/openshift', bytes: 500 * mebibyte },
  { path: '/usr', bytes: 400 * mebibyte },
];

/** The folders that the probe measures. */
export const probedPaths: readonly string[] = [...needs.map(({ path }) => path), '/usr/local/bin', '/run'];

export const disk: Preflight = ({ facts, platformRuns }) => {
  // Installed already: what it needed is there.
  if (platformRuns) return ok('disk', 'in use by the platform');
  const wanted = new Map<string, { paths: string[]; bytes: number; free: number }>();
  for (const { path, bytes } of needs) {
    const found = facts.disks.find((candidate) => candidate.path === path);
    if (found === undefined) continue;
    const there = wanted.get(found.mountPoint) ?? { paths: [], bytes: 0, free: found.free };
    wanted.set(found.mountPoint, { paths: [...there.paths, path], bytes: there.bytes + bytes, free: there.free });
  }
  const findings: Finding[] = [];
  for (const [mount, { paths, bytes, free }] of wanted) {
    const room = `${(free / gibibyte).toFixed(1)} GiB free on ${mount}`;
    if (free < bytes) {
      const needed = `${(bytes / gibibyte).toFixed(1)} GiB`;
      findings.push(
        failure('disk', `${room}, and ${paths.join(', ')} need ${needed}`, `free ${needed} there, or mount a larger disk`),
      );
    } else findings.push(ok('disk', room));
  }
  return findings;
};

export const executable: Preflight = ({ facts }) => {
  const bad = (path: string, option: string): DiskFact | undefined =>
    facts.disks.find((candidate) => candidate.path === path && candidate.options.includes(option));
  const findings: Finding[] = [];
  for (const path of ['/opt/oo-install', '/usr/local/bin', '/var/lib/docker']) {
    const noexec = bad(path, 'noexec');
    if (noexec !== undefined) {
      const hint = `mount -o remount,exec ${noexec.mountPoint}`;
      findings.push(failure('mount-options', `${path} is on ${noexec.mountPoint}, which is mounted noexec`, hint));
    }
    const readOnly = bad(path, 'ro');
    if (readOnly !== undefined) {
      const hint = 'systems whose /usr or /opt is read-only are not supported yet';
      findings.push(failure('mount-options', `${path} is on ${readOnly.mountPoint}, which is mounted read-only`, hint));
    }
  }
  return findings.length > 0 ? findings : ok('mount-options', 'programs may run where they are put');
};

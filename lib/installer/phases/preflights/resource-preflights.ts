import type { DiskFact, Facts } from '../../transport/facts.ts';
import { failure, type Finding, ok, type Preflight, warning } from './preflight.ts';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

/** Memory enough for Docker, the platform and some pods. */
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
/** Files that are made on each of their file systems, at most. */
const neededInodes = 10_000;

/** The folders that the probe measures. Docker's is measured where it really is. */
export const probedPaths: readonly string[] = [...needs.map(({ path }) => path), '/usr/local/bin', '/etc', '/run'];

/** Where Docker keeps its images on this server. */
const placeOf = (path: string, { docker }: Facts): string =>
  path === '/var/lib/docker' && docker.rootDir !== '' ? docker.rootDir : path;

/** Room on the disks, by what the installation puts on each. */
export const disk: Preflight = ({ facts, platformRuns }) => {
  // Installed already: what it needed is there.
  if (platformRuns) return ok('disk', 'in use by the platform');
  const wanted = new Map<string, { paths: string[]; bytes: number; free: number }>();
  for (const { path, bytes } of needs) {
    const place = placeOf(path, facts);
    const found = facts.disks.find((candidate) => candidate.path === place);
    // Packages go there, and Docker is most of them.
    if (found === undefined || (path === '/usr' && facts.docker.dockerd !== '')) continue;
    const there = wanted.get(found.mountPoint) ?? { paths: [], bytes: 0, free: found.free };
    wanted.set(found.mountPoint, { paths: [...there.paths, place], bytes: there.bytes + bytes, free: there.free });
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

/** A file system may be full of small files while it has room. */
export const inodes: Preflight = ({ facts, platformRuns }) => {
  if (platformRuns) return ok('inodes', 'in use by the platform');
  const findings = new Map<string, Finding>();
  for (const { path } of needs) {
    const found = facts.inodes.find((candidate) => candidate.path === placeOf(path, facts));
    if (found === undefined || found.total === 0 || found.free >= neededInodes) continue;
    const text = `${found.free} of ${found.total} inodes are free on ${found.mountPoint}, and ${neededInodes} are needed`;
    const hint = `remove small files there: du --inodes -xS ${found.mountPoint} | sort -n tells where they are`;
    findings.set(found.mountPoint, failure('inodes', text, hint));
  }
  return findings.size > 0 ? [...findings.values()] : ok('inodes', 'enough');
};

/** Folders that programs are put into and run from: none may be mounted noexec or read-only. */
export const executable: Preflight = ({ facts }) => {
  const findings = new Map<string, Finding>();
  const tell = (found: DiskFact, option: string, how: string, hint: string) => {
    const text = `${found.path} is on ${found.mountPoint}, which is mounted ${how}`;
    if (found.options.includes(option)) findings.set(`${found.mountPoint} ${option}`, failure('mount-options', text, hint));
  };
  for (const found of facts.disks) {
    if (found.path === '/opt/oo-install' || found.path === '/usr/local/bin') {
      tell(found, 'noexec', 'noexec', `mount -o remount,exec ${found.mountPoint}, and the same in /etc/fstab`);
    }
    // Where /usr is an image nothing is installed there; elsewhere packages are.
    const mayBeReadOnly = found.path === '/run' || (found.path === '/usr' && (facts.os.imageBased || facts.managers.size === 0));
    if (!mayBeReadOnly) {
      const hint = `mount -o remount,rw ${found.mountPoint}; if it was mounted so after errors (dmesg tells), mend the disk first`;
      tell(found, 'ro', 'read-only', hint);
    }
  }
  return findings.size > 0 ? [...findings.values()] : ok('mount-options', 'programs may run where they are put');
};

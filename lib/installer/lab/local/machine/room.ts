import { readdir, readFile, readlink, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** MiB that a host takes with its platform and a few pods, where lab.yaml gives it no limit. One host that had just been installed took 215; the rest is for what its attendee starts. */
const usualMemory = 400;
/** MiB on the disk: what differs from the image, and what its Docker holds. */
const usualDisk = 900;
/** MiB that mmdebstrap takes for a while to make the image of the hosts. */
const imageDisk = 1_000;
/** Instances of inotify: systemd, dbus, sshd's session, dockerd and the platform of one host. */
const usualWatchers = 8;

const mebi = 1_048_576;

/** What so many more hosts would need of this machine and do not find; nothing when there is room. `memory`: MiB for each. */
export async function roomProblems(hosts: number, memory: number | undefined, dockerFolder: string): Promise<readonly string[]> {
  if (hosts === 0) return [];
  const each = memory ?? usualMemory;
  const problems: string[] = [];
  const available = await availableMemory();
  if (available < hosts * each)
    problems.push(
      `${counted(hosts)} ${hosts === 1 ? 'needs' : 'need'} ${hosts * each} MiB of memory (${each} each) and ${available} are free: have fewer attendees, or use AWS`,
    );
  const disk = await freeDisk(dockerFolder);
  if (disk < hosts * usualDisk)
    problems.push(
      `${counted(hosts)} ${hosts === 1 ? 'needs' : 'need'} ${hosts * usualDisk} MiB in ${dockerFolder} and ${disk} are free: make room there`,
    );
  return [...problems, ...(await watcherProblem(hosts))];
}

/** What making the image of the hosts would need of the disk on which mmdebstrap works. */
export async function imageRoomProblems(folder: string): Promise<readonly string[]> {
  const free = await freeDisk(folder);
  if (free >= imageDisk) return [];
  return [
    `making the image of the hosts needs ${imageDisk} MiB in ${folder} and ${free} are free: make room there, or set ${process.getuid?.() === 0 ? 'XDG_CACHE_HOME' : 'TMPDIR'} to a folder that has it`,
  ];
}

const counted = (hosts: number): string => (hosts === 1 ? 'a host' : `${hosts} hosts`);

/** MiB that can be had without swapping (proc(5), MemAvailable). */
async function availableMemory(): Promise<number> {
  const kibi = /^MemAvailable:\s+(\d+) kB$/m.exec(await readFile('/proc/meminfo', 'utf8').catch(() => ''))?.[1];
  return kibi === undefined ? Infinity : Math.floor(Number(kibi) / 1024);
}

/** MiB that are free where the folder is, or where the nearest folder above is that this account may ask about. */
async function freeDisk(folder: string): Promise<number> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found !== undefined) return Math.floor((found.bavail * found.bsize) / mebi);
    if (at === dirname(at)) return Infinity;
  }
}

/** The kernel's limit counts all hosts of all labs together: root inside is root's user id here. */
async function watcherProblem(hosts: number): Promise<readonly string[]> {
  const limit = Number(await readFile('/proc/sys/fs/inotify/max_user_instances', 'utf8').catch(() => 'NaN'));
  const needed = (await watchersInUse()) + hosts * usualWatchers;
  if (Number.isNaN(limit) || needed <= limit) return [];
  const wanted = 2 ** Math.ceil(Math.log2(needed + 1));
  return [
    `${counted(hosts)} would meet the kernel's limit fs.inotify.max_user_instances, which is ${limit} (${needed} are needed): sysctl -w fs.inotify.max_user_instances=${wanted}`,
  ];
}

/** Of all processes that this account may look at. */
async function watchersInUse(): Promise<number> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const counts = await Promise.all(
    pids.map(async (pid) => {
      const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
      const targets = await Promise.all(files.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
      return targets.filter((target) => target.includes('inotify')).length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

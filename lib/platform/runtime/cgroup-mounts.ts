/** A hierarchy of cgroups, where it is mounted. */
export interface CgroupMount {
  /** The cgroup that the mount begins with: in a container it may be the container's own. */
  readonly root: string;
  readonly point: string;
  /** Cgroup v2: one hierarchy for all controllers. */
  readonly unified: boolean;
  /** Of cgroup v1: the controllers of this hierarchy, among its other options. */
  readonly options: readonly string[];
}

/** The hierarchies in /proc/self/mountinfo. */
export function cgroupMounts(mountinfo: string): CgroupMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const match = /^\S+ \S+ \S+ (\S+) (\S+) .* - (cgroup2?) \S+ (\S+)$/.exec(line);
    if (match === null) return [];
    return [{ root: match[1]!, point: match[2]!, unified: match[3] === 'cgroup2', options: match[4]!.split(',') }];
  });
}

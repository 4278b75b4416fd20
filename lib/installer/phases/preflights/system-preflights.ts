import { distroOf, unknownDistro } from '../../distro/index.ts';
import { failure, ok, type Preflight, warning } from './preflight.ts';

/** Root, or a way to it. */
export const privileges: Preflight = ({ facts: { sudo, user } }) => {
  switch (sudo) {
    case 'none':
      return failure(
        'privileges',
        `user ${user} is neither root nor has sudo`,
        'log in as root, or install sudo and allow it to this user',
      );
    case 'refused':
      return failure(
        'privileges',
        `sudo does not let user ${user} become root`,
        `usermod -aG sudo ${user} (the group is wheel on Fedora and RHEL)`,
      );
    case 'tty':
      return failure(
        'privileges',
        `sudo wants a terminal of user ${user}`,
        `put Defaults:${user} !requiretty into /etc/sudoers.d/oo-install`,
      );
    case 'root':
      return ok('privileges', 'root');
    case 'nopasswd':
      return ok('privileges', 'sudo without a password');
    case 'password':
      return ok('privileges', 'sudo, with a password');
  }
};

/** Linux, of a distribution that is known. */
export const operatingSystem: Preflight = ({ facts }) => {
  if (facts.kernel !== 'Linux')
    return failure('operating-system', `${facts.kernel} is not Linux`, 'choose a server that runs Linux');
  const name = facts.os.name || facts.os.id || 'this system';
  const distro = distroOf(facts);
  // Where nothing can be installed beside Docker, all that the network needs must be there.
  const absent =
    distro.packageManager === undefined ? ['nft', 'iptables', 'conntrack', 'ip'].filter((it) => !facts.programs.has(it)) : [];
  if (absent.length > 0) {
    const why = distro === unknownDistro ? 'is not known' : 'takes no packages while it runs';
    const hint =
      distro === unknownDistro
        ? 'install them, or choose a distribution of docs/distributions.md, such as Debian 12'
        : 'put them into its image (rpm-ostree install, transactional-update pkg install), and boot it';
    return failure('operating-system', `${name} ${why}, and has no ${absent.join(', ')}`, hint);
  }
  if (distro === unknownDistro) {
    return warning('operating-system', `${name} is not known`, "Docker and the CNI plugins are upstream's static builds there");
  }
  return ok('operating-system', name);
};

/** One that our Node is made for. */
export const architecture: Preflight = ({ facts }) => {
  if (/^(x86_64|amd64|aarch64|arm64)$/.test(facts.arch)) return ok('architecture', facts.arch);
  return failure('architecture', `${facts.arch} is not supported`, 'choose a server with x86_64 or arm64');
};

/** The C library that our Node needs. */
export const libc: Preflight = ({ facts }) => {
  const version = /^glibc (\d+)\.(\d+)/.exec(facts.libc);
  if (version === null && facts.libc !== '') {
    return failure(
      'libc',
      `the C library is ${facts.libc}, and our runtime needs glibc 2.28`,
      'choose a distribution with glibc: Debian or Ubuntu',
    );
  }
  if (version === null) return warning('libc', 'the C library could not be told', 'it must be glibc 2.28 or newer');
  if (Number(version[1]) < 2 || (Number(version[1]) === 2 && Number(version[2]) < 28)) {
    return failure('libc', `${facts.libc} is older than 2.28`, 'choose Debian 12 or newer');
  }
  return ok('libc', facts.libc);
};

/** The server's clock against this machine's: certificates and tokens go by it. */
export const clock: Preflight = ({ facts, now }) => {
  const skew = Math.round(facts.time - now / 1000);
  const service = ['chronyd', 'ntpd', 'openntpd', 'systemd-timesyn'].find((name) => facts.processes.has(name));
  const kept = service === undefined ? 'no time service that we know of runs' : `${service.replace(/syn$/, 'syncd')} runs`;
  if (Math.abs(skew) < 120) return ok('clock', `${Math.abs(skew)} s away from here; ${kept}`);
  const where = skew > 0 ? 'ahead of' : 'behind';
  const text = `its clock is ${Math.abs(skew)} s ${where} this machine's, and ${kept}`;
  const set =
    service === undefined
      ? 'timedatectl set-ntp true'
      : 'chronyc tracking or timedatectl timesync-status tells why it does not keep it';
  // Certificates are valid from their making on: a clock that is a day behind refuses them.
  if (Math.abs(skew) > 3600) return failure('clock', text, `set it (${set}), there or here: certificates would be refused`);
  return warning('clock', text, `set it: ${set}`);
};

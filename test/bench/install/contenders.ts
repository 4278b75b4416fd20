import { join } from 'node:path';
import type { HomeOperator } from '../../support/operator/home-operator.ts';
import type { Contender } from '../harness.ts';
import { outcomeJudge } from './outcome.ts';
import type { Payload } from './payload.ts';
import { startServers, type Servers } from './servers.ts';
import type { Timeline } from './timeline.ts';

/** Brings servers to the same platform, or finds that they have it. */
export interface Installer {
  readonly name: string;
  install(servers: Servers): Promise<void>;
}

/** ms that one installation of many servers may take. */
const TIMEOUT = 600_000;

/** Contenders that each install `count` new servers, then run again on them. */
export function contenders(options: {
  readonly operator: HomeOperator;
  readonly payload: Payload;
  readonly count: number;
  readonly timeline: Timeline;
}): Contender[] {
  const { operator, count } = options;
  const judge = outcomeJudge();
  return [byHand(options), ansible(options), ours(options)].map((installer) => ({
    name: installer.name,
    async run() {
      await using servers = await startServers(operator, count);
      const first = await seconds(() => installer.install(servers));
      await judge(installer.name, servers.hosts);
      const again = await seconds(() => installer.install(servers));
      return { 'first run s': first, 'run again s': again };
    },
  }));
}

/** s that some work takes. */
export async function seconds(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/** The floor. */
function byHand({ operator, payload }: { operator: HomeOperator; payload: Payload }): Installer {
  const script = join(import.meta.dirname, 'by-hand.sh');
  return {
    name: 'OpenSSH script',
    async install({ addresses }) {
      await operator.exec(['sh', script, payload.folder, operator.sshConfig, ...addresses], { timeout: TIMEOUT });
    },
  };
}

function ansible({ operator, payload }: { operator: HomeOperator; payload: Payload }): Installer {
  const variables = JSON.stringify({ payload: payload.folder, stamp: payload.stamp });
  return {
    name: 'Ansible',
    async install({ addresses }) {
      const env = {
        ANSIBLE_CONFIG: `${operator.home}/ansible.cfg`,
        ANSIBLE_PIPELINING: 'True',
        ANSIBLE_FORKS: String(addresses.length),
        ANSIBLE_PYTHON_INTERPRETER: '/usr/bin/python3',
        ANSIBLE_SSH_ARGS: `-F ${operator.sshConfig} -o ControlMaster=auto -o ControlPersist=60s`,
        LC_ALL: 'C.UTF-8',
      };
      const playbook = join(import.meta.dirname, 'playbook.yml');
      const argv = ['ansible-playbook', '-i', `${addresses.join(',')},`, '-e', variables, playbook];
      await operator.exec(argv, { timeout: TIMEOUT, env });
    },
  };
}

/** The command as a user types it. */
export function ours({ operator, timeline }: { operator: HomeOperator; timeline: Timeline }): Installer {
  return {
    name: 'oo-install',
    async install({ addresses }) {
      const began = Date.now();
      const targets = addresses.map((address) => `root@${address}`);
      // The others bring the packages along: so do we. They are fetched in the warm-up, as the payload of the others was.
      const argv = ['--json', '--packages', 'stream', ...targets];
      const { code, stdout, stderr } = await operator.ooInstall(argv, { timeout: TIMEOUT });
      if (code !== 0) throw new Error(`oo-install ended with ${code}\n${stdout}${stderr}`);
      if (stdout.includes('"outcome":"installed"')) timeline.add(stdout, began);
    },
  };
}

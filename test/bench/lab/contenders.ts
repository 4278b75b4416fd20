import assert from 'node:assert/strict';
import type { HomeOperator } from '../../support/operator/home-operator.ts';
import type { TestHostOptions } from '../../support/test-host.ts';
import type { Contender } from '../harness.ts';
import { ours, seconds } from '../install/contenders.ts';
import { startServers } from '../install/servers.ts';
import type { Timeline } from '../install/timeline.ts';

/** ms that one lab may take, the hosts' image apart. */
const TIMEOUT = 600_000;

interface Options {
  readonly operator: HomeOperator;
  readonly count: number;
}

/**
 * Contenders that each bring `count` hosts from nothing to healthy platforms: test servers that boot and are installed on, as bench:install
 * does it, without Docker (the floor) and with it; and a local lab.
 */
export function contenders(options: Options & { readonly installs: Timeline; readonly labs: Timeline }): Contender[] {
  const { installs, labs } = options;
  return [
    servers('servers boot, oo-install', { variant: 'python' }, { ...options, timeline: installs }),
    servers('the same, Docker runs', { docker: 'running' }, { ...options, timeline: installs }),
    lab({ ...options, timeline: labs }),
  ];
}

function servers(
  name: string,
  state: Pick<TestHostOptions, 'docker' | 'variant'>,
  { operator, count, timeline }: Options & { readonly timeline: Timeline },
): Contender {
  return {
    name,
    async run() {
      const began = performance.now();
      await using started = await startServers(operator, count, state);
      const boot = (performance.now() - began) / 1000;
      const install = await seconds(() => ours({ operator, timeline }).install(started));
      return { 'hosts answer s': boot, 'then s': install, 'in all s': boot + install };
    },
  };
}

function lab({ operator, count, timeline }: Options & { readonly timeline: Timeline }): Contender {
  const env = { XDG_STATE_HOME: `${operator.home}/state` };
  const command = (...args: readonly string[]) =>
    operator.exec(['bin/oo-install', 'lab', ...args, '-f', `${operator.home}/lab.yaml`], { env, timeout: TIMEOUT });
  return {
    name: 'lab up',
    async run() {
      await operator.write({ 'lab.yaml': `name: bench\nattendees: ${count}\nlocal: { firstPort: 24000 }\n` });
      try {
        const began = Date.now();
        const { stdout } = await command('up', '--json');
        const all = (Date.now() - began) / 1000;
        timeline.add(stdout, began);
        const boot = (lastAnswer(stdout) - began) / 1000;
        const status = JSON.parse((await command('status', '--json')).stdout) as { healthy: number };
        assert.equal(status.healthy, count, 'hosts of the lab that are healthy');
        return { 'hosts answer s': boot, 'then s': all - boot, 'in all s': all };
      } finally {
        await command('down', '--yes');
      }
    },
  };
}

/** When the last host of a lab answered, in ms since the epoch. */
function lastAnswer(lines: string): number {
  const events = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
  const answers = events.filter(
    ({ event, host, state }) => event === 'lab' && host !== '' && host !== 'image' && state === 'done',
  );
  return Math.max(...answers.map(({ time }) => Date.parse(time!)));
}

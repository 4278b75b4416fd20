/**
 * Draws a run of oo-install that is made up, to look at: node test/support/simulate-progress.ts HOSTS [SPEED]
 * One host, four or ten; some of them fail. SPEED 2 is twice as fast.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { failureOf } from '../../lib/installer/cli/failure.ts';
import { chooseReporter } from '../../lib/installer/cli/progress/choose-reporter.ts';
import type { FleetHost } from '../../lib/installer/fleet/fleet-host.ts';
import { runFleet } from '../../lib/installer/fleet/run-fleet.ts';
import { summarize } from '../../lib/installer/fleet/summarize.ts';
import { phases } from '../../lib/installer/phases/index.ts';
import type { EventBody, Reporter } from '../../lib/installer/progress-event.ts';
import { OoError } from '../../lib/common/errors.ts';

const count = Number(process.argv[2] ?? 4);
const speed = Number(process.argv[3] ?? 1);
const names = [
  'web1.example.com',
  'web2.example.com',
  'db1',
  'admin@10.20.30.40:2222',
  'ip-10-0-12-233.eu-central-1.compute.internal',
];
const hosts: FleetHost[] = Array.from({ length: count }, (_, index) => {
  const name = names[index] ?? `worker${index + 1}.example.com`;
  return { name, route: name, isLocal: false, transport: () => Promise.reject() as never };
});

const flags = {
  json: process.argv.includes('--json'),
  verbose: false,
  color: true,
  yes: true,
  takeLock: false,
  limit: [],
  parallel: 6,
  identity: [],
  hostKey: [],
  acceptNewHostKeys: false,
  askPassword: false,
  askSudoPassword: false,
};
const reporter = chooseReporter({ flags, hosts: hosts.map(({ name }) => name), parallel: flags.parallel, plain: false });
const controller = new AbortController();
process.once('SIGINT', () => controller.abort());

const run = async (host: FleetHost, events: Reporter): Promise<void> => {
  const index = hosts.indexOf(host);
  const report = (event: object) => events.report({ host: host.name, ...event } as EventBody);
  const pause = (ms: number) => delay(((ms * (3 + (index % 4))) / 4 / speed) | 0);
  report({ event: 'started', command: 'install', dryRun: false });
  await pause(900);
  if (index === 3) {
    throw new OoError(
      'SSH_HOST_KEY_CHANGED',
      'connection',
      'the host key of 10.20.30.40 is another one than ~/.ssh/known_hosts:12 has',
      {
        hint: 'find out why before you trust it; ssh-keygen -R "[10.20.30.40]:2222" forgets the old one',
      },
    );
  }
  events.plan(host.name, phases);
  report({ event: 'note', message: 'Docker was installed but stopped: it is started' });
  for (const [at, phase] of phases.entries()) {
    controller.signal.throwIfAborted();
    const base = { event: 'phase', phase: phase.name, title: phase.title };
    report({ ...base, state: 'running', seconds: 0 });
    for (let step = 0; step < 6; step++) {
      await pause(at === 1 ? 1_600 : 250);
      report({
        event: step === 0 ? 'change' : 'progress',
        phase: phase.name,
        description: 'change',
        message: `Unpacking containerd.io (1.7.2${step}-1~debian.12~bookworm) over a message that is longer than any terminal is wide`,
      });
    }
    if (index === 6 && at === 5) {
      report({ ...base, state: 'failed', seconds: 3 });
      throw new OoError(
        'DOCKER_WILL_NOT_START',
        'docker',
        'dockerd ended with status 1:\n    failed to start daemon: no space left on device',
      );
    }
    report({ ...base, state: at % 4 === 2 ? 'unchanged' : 'done', seconds: 1.5 });
  }
  report({
    event: 'result',
    command: 'install',
    outcome: 'installed',
    seconds: 12,
    changes: 14,
    api: `https://192.168.122.${101 + index}:8443`,
    kubeconfig: '/etc/openshift/admin.kubeconfig',
  });
};
const begin = performance.now();
const failure = (error: unknown, host: string) => failureOf(error, host, { aborted: controller.signal.aborted, verbose: false });
const rows = await runFleet(hosts, { parallel: flags.parallel, reporter, signal: controller.signal, run, failureOf: failure });
if (count > 1) reporter.report(summarize('install', rows, (performance.now() - begin) / 1_000));
await reporter.close();

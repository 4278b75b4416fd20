import type { Command } from 'commander';
import type { PlatformParts } from '../start.ts';
import { type PlatformFlags, withFlags } from './platform-flags.ts';

/** `openshift start [master|node]`. `ending`: the process is asked to end. */
export function addStartCommands(program: Command, ending: AbortSignal): void {
  const start = program
    .command('start')
    .description('run the platform: API, store, controllers and this machine as its node')
    .addHelpText(
      'after',
      '\nExamples:\n  openshift start\n  openshift start --config /etc/openshift/config.yaml\n  openshift start master --listen 127.0.0.1:8443',
    );
  withFlags(start, ['files', 'listen', 'machine', 'api', 'etcd', 'log']).action((flags: PlatformFlags) =>
    run(flags, { master: true, node: true }, ending),
  );
  withFlags(start.command('master').description('run the API, the store and the controllers; pods stay Pending without a node'), [
    'files',
    'listen',
    'machine',
    'etcd',
    'log',
  ]).action((_own: PlatformFlags, command: Command) =>
    run(command.optsWithGlobals<PlatformFlags>(), { master: true, node: false }, ending),
  );
  withFlags(start.command('node').description('run only the node: kubelet, proxy and DNS, against an API elsewhere'), [
    'files',
    'machine',
    'api',
    'log',
  ]).action((_own: PlatformFlags, command: Command) =>
    run(command.optsWithGlobals<PlatformFlags>(), { master: false, node: true }, ending),
  );
}

async function run(flags: PlatformFlags, parts: PlatformParts, ending: AbortSignal): Promise<void> {
  // Most of the program, which the other commands do without.
  const { runPlatform } = await import('./run-platform.ts');
  await runPlatform(flags, parts, ending);
}

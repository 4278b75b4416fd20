import { createInterface } from 'node:readline/promises';
import { OoError } from '../../common/errors.ts';
import type { SessionOptions } from '../session.ts';
import { authenticateLocally, localTransport } from '../transport/local-transport.ts';
import type { HostCommand } from './define-command.ts';
import { failureOf } from './failure.ts';
import type { HostFlags } from './global-flags.ts';
import { chooseReporter } from './progress/choose-reporter.ts';

/** Runs a command on the hosts that are named, and answers the exit status. What goes wrong is told, never thrown. */
export async function runOnHosts(
  command: HostCommand,
  hosts: readonly string[],
  flags: HostFlags & Pick<SessionOptions, 'nodeName' | 'advertiseAddress'>,
  signal: AbortSignal,
): Promise<number> {
  const reporter = chooseReporter(flags);
  const dryRun = flags.dryRun ?? false;
  try {
    refuseRemote(hosts);
    await confirm(command.confirm?.(hosts, flags), flags);
    if (command.needsRoot(flags)) await authenticateLocally();
    await command.run(
      {
        transport: localTransport(),
        reporter,
        dryRun,
        takeLock: flags.takeLock,
        nodeName: flags.nodeName,
        advertiseAddress: flags.advertiseAddress,
        signal,
      },
      flags,
    );
    await reporter.close();
    return 0;
  } catch (error) {
    await reporter.close();
    const failed = failureOf(error, hosts.join(' '), { aborted: signal.aborted, verbose: flags.verbose });
    reporter.report(failed);
    return failed.exitCode;
  }
}

/** Names are data: what is no name at all is refused here, before anything is done with it. */
function refuseRemote(hosts: readonly string[]): void {
  for (const host of hosts) {
    if (host === 'localhost') continue;
    throw new OoError('HOST_UNSUPPORTED', 'usage', `${JSON.stringify(host)}: only localhost can be installed on yet`, {
      hint: 'run oo-install localhost on that server itself',
    });
  }
  if (hosts.length > 1) throw new OoError('HOST_TWICE', 'usage', 'localhost is named more than once');
}

/** Asks before a command that takes things away, where somebody is there to answer. */
async function confirm(question: string | undefined, flags: HostFlags): Promise<void> {
  if (question === undefined || flags.yes || flags.json || flags.dryRun) return;
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new OoError('NOT_CONFIRMED', 'usage', 'not confirmed: nothing was changed');
}

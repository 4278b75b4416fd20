import { defaultCacheDir } from '../artifacts/cache.ts';
import type { FleetHost } from '../fleet/fleet-host.ts';
import { runFleet } from '../fleet/run-fleet.ts';
import { summarize } from '../fleet/summarize.ts';
import type { Reporter } from '../progress-event.ts';
import { prepareSupplies } from '../supplies.ts';
import { authenticateLocally } from '../transport/local-transport.ts';
import { chooseHosts } from './choose-hosts.ts';
import { confirm } from './confirm.ts';
import type { HostCommand } from './define-command.ts';
import { failureOf } from './failure.ts';
import type { HostFlags } from './global-flags.ts';
import { chooseReporter } from './progress/choose-reporter.ts';

/** Runs a command on the hosts that are named, and answers the exit status. What goes wrong is told, never thrown. */
export async function runOnHosts(
  command: HostCommand,
  names: readonly string[],
  flags: HostFlags,
  signal: AbortSignal,
): Promise<number> {
  const begin = performance.now();
  let hosts: readonly FleetHost[] = [];
  const failed = (error: unknown, host: string) => failureOf(error, host, { aborted: signal.aborted, verbose: flags.verbose });
  const choose = () => chooseReporter({ flags, hosts: hosts.map(({ name }) => name), plain: command.printsLines ?? false });
  let reporter: Reporter | undefined;
  try {
    hosts = await chooseHosts(names, flags);
    await confirm(
      command.confirm?.(
        hosts.map(({ name }) => name),
        flags,
      ),
      flags,
    );
    if (hosts.some(({ isLocal }) => isLocal) && command.needsRoot(flags)) await authenticateLocally();
    reporter = choose();
    tellInterruption(signal, reporter);
    const supplies = prepareSupplies({ cacheDir: defaultCacheDir() });
    const rows = await runFleet(hosts, {
      parallel: flags.parallel,
      reporter,
      signal,
      failureOf: failed,
      run: (host, hostReporter) =>
        command.run(
          {
            transport: host.transport(),
            reporter: hostReporter,
            supplies,
            dryRun: flags.dryRun ?? false,
            takeLock: flags.takeLock,
            nodeName: flags.nodeName ?? host.nodeName,
            advertiseAddress: flags.advertiseAddress ?? host.advertiseAddress,
            signal,
          },
          flags,
        ),
    });
    const summary = summarize(command.name, rows, (performance.now() - begin) / 1_000);
    if (hosts.length > 1 && command.printsLines !== true) reporter.report(summary);
    await reporter.close();
    return summary.exitCode;
  } catch (error) {
    reporter ??= choose();
    await reporter.close();
    const event = failed(error, names.join(' '));
    reporter.report(event);
    return event.exitCode;
  }
}

/** Said at once: what runs is finished first, which takes its time. */
function tellInterruption(signal: AbortSignal, reporter: Reporter): void {
  const text = '\ninterrupted: this step is being finished (again to leave at once; the agent finishes it alone)\n';
  const aside = reporter.aside ?? ((line: string) => void process.stderr.write(line));
  signal.addEventListener('abort', () => aside(text), { once: true });
}

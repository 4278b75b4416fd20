import { errorText } from '../../common/errors.ts';
import { ownCacheDir } from '../artifacts/cache.ts';
import { reachHosts } from '../fleet/reach-hosts.ts';
import { runFleet } from '../fleet/run-fleet.ts';
import { summarize } from '../fleet/summarize.ts';
import type { Reporter } from '../progress-event.ts';
import { prepareSupplies } from '../supplies.ts';
import { authenticateLocally } from '../transport/local-transport.ts';
import { reachOf, requestedHosts } from './choose-hosts.ts';
import { confirm } from './confirm.ts';
import type { HostCommand } from './define-command.ts';
import { failureOf } from './failure.ts';
import type { HostFlags } from './global-flags.ts';
import { chooseReporter } from './progress/choose-reporter.ts';
import { terminalPrompter } from './terminal-prompter.ts';

/** Runs a command on the hosts that are named, and answers the exit status. What goes wrong is told, never thrown. */
export async function runOnHosts(
  command: HostCommand,
  names: readonly string[],
  flags: HostFlags,
  signal: AbortSignal,
): Promise<number> {
  const { onlyLooks = false } = command;
  const failure = (error: unknown, host: string) =>
    failureOf(error, host, { aborted: signal.aborted, verbose: flags.verbose, onlyLooks });
  try {
    return await run(command, names, flags, signal, failure);
  } catch (error) {
    // Nothing was begun: what is wrong with the request is all that there is to tell.
    const event = failure(error, names.join(' '));
    chooseReporter({ flags, hosts: [], parallel: 1, plain: true }).report(event);
    return event.exitCode;
  }
}

async function run(
  command: HostCommand,
  names: readonly string[],
  flags: HostFlags,
  signal: AbortSignal,
  failure: Parameters<typeof runFleet>[1]['failureOf'],
): Promise<number> {
  const begin = performance.now();
  const { requests, parallel, settings: file } = await requestedHosts(names, flags, command.confirm !== undefined);
  const settings = { port: file.port, ...(await command.settings?.(flags, file)) };
  const asked = requests.map(({ target }) => target.name);
  const printsLines = typeof command.printsLines === 'function' ? command.printsLines(flags) : (command.printsLines ?? false);
  const reporter = chooseReporter({ flags, hosts: asked, parallel, plain: printsLines, ownLogs: true });
  try {
    const prompter = terminalPrompter({ pause: () => reporter.pause?.(), resume: () => reporter.resume?.(), signal });
    const needsRoot = command.needsRoot(flags);
    await confirm(command.confirm?.(asked, flags), flags, prompter);
    const hosts = await reachHosts(requests, {
      ...reachOf(flags),
      needsRoot,
      prompter,
      warn: (message, host = '') => reporter.report({ event: 'warning', host, message }),
      signal,
    });
    const isRootWanted = needsRoot || flags.askSudoPassword || flags.sudoPasswordFile !== undefined;
    if (isRootWanted && hosts.some(({ isLocal }) => isLocal))
      await authenticateLocally({ interactive: prompter.interactive, passwordFile: flags.sudoPasswordFile });
    // Who only looks, or reads lines as they come, ends it by interrupting.
    if (!printsLines && command.onlyLooks !== true) tellInterruption(signal, reporter);
    const supplies = prepareSupplies({ cacheDir: ownCacheDir() });
    const rows = await runFleet(hosts, {
      parallel,
      reporter,
      signal,
      failureOf: failure,
      run: ({ transport, nodeName, advertiseAddress, tlsSANs }, hostReporter) => {
        const session = { transport: transport(), reporter: hostReporter, supplies, dryRun: flags.dryRun ?? false };
        const node = { nodeName, advertiseAddress, tlsSANs };
        return command.run({ ...session, takeLock: flags.takeLock, ...node, signal, ...settings }, flags);
      },
    });
    const summary = summarize(command.name, rows, (performance.now() - begin) / 1_000);
    if (hosts.length > 1 && !printsLines) reporter.report(summary);
    return summary.exitCode;
  } finally {
    await reporter.close();
  }
}

/** Said at once: what runs is finished first, which takes its time. */
function tellInterruption(signal: AbortSignal, reporter: Reporter): void {
  const text = () =>
    `\n${errorText(signal.reason)}: this step is being finished\n(again to leave at once; the agent finishes it alone)\n`;
  const aside = reporter.aside ?? ((line: string) => void process.stderr.write(line));
  signal.addEventListener('abort', () => aside(text()), { once: true });
}

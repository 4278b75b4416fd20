import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { CommanderError } from 'commander';
import { packageRoot } from '../../common/assets.ts';
import { errorText, OoError } from '../../common/errors.ts';
import { redact } from '../../common/secrets.ts';
import { check, install } from '../commands/install.ts';
import { status } from '../commands/status.ts';
import { uninstall } from '../commands/uninstall.ts';
import type { Reporter } from '../progress-event.ts';
import type { SessionOptions } from '../session.ts';
import { authenticateLocally, localTransport } from '../transport/local-transport.ts';
import { completionScript } from './completion.ts';
import { exitCodes } from './exit-codes.ts';
import { buildProgram, type GlobalFlags } from './program.ts';
import { colours, noColours } from './progress/event-text.ts';
import { jsonReporter } from './progress/json-reporter.ts';
import { plainReporter } from './progress/plain-reporter.ts';
import { terminalReporter } from './progress/terminal-reporter.ts';

/** Runs `oo-install ARGS...` and answers the exit status. Aborting the signal ends the run between two changes. */
export async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  let exitCode = 0;
  const onHosts =
    (run: (options: SessionOptions) => Promise<unknown>) => async (hosts: readonly string[], flags: GlobalFlags) => {
      exitCode = await runOnHosts(run, hosts, flags, signal);
    };
  const program = buildProgram(
    {
      install: onHosts(async (options) => {
        if (!options.dryRun) await authenticateLocally();
        return install(options);
      }),
      check: onHosts(check),
      status: onHosts(async (options) => {
        await authenticateLocally();
        return status(options);
      }),
      uninstall: onHosts(async (options) => {
        await confirmUninstall(options, args);
        await authenticateLocally();
        return uninstall(options);
      }),
      completion: (shell, command) => write(completionScript(shell, command)),
    },
    version,
  ).exitOverride();
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
    if (!(error instanceof OoError)) throw error;
    process.stderr.write(redact(`error: ${errorText(error)}${error.hint === undefined ? '' : `\n  ${error.hint}`}\n`));
    return exitCodes[error.failure];
  }
}

async function runOnHosts(
  run: (options: SessionOptions) => Promise<unknown>,
  hosts: readonly string[],
  flags: GlobalFlags,
  signal: AbortSignal,
): Promise<number> {
  const reporter = reporterFor(flags);
  const host = hosts.length === 1 ? hosts[0]! : hosts.join(' ');
  try {
    refuseRemote(hosts);
    await run({
      transport: localTransport(),
      reporter,
      dryRun: flags.dryRun ?? false,
      takeLock: flags.takeLock,
      nodeName: flags.nodeName,
      advertiseAddress: flags.advertiseAddress,
      signal,
    });
    await reporter.close();
    return 0;
  } catch (error) {
    await reporter.close();
    const told = signal.aborted ? interrupted(error) : error instanceof OoError ? error : unexpected(error, flags.verbose);
    const exitCode = exitCodes[told.failure];
    const { code, failure, hint } = told;
    const message = errorText(told);
    reporter.report({ event: 'failed', host, code, failure, exitCode, message, ...(hint === undefined ? {} : { hint }) });
    return exitCode;
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

/** Asks before the one command that takes things away, where somebody is there to answer. */
async function confirmUninstall(options: SessionOptions, args: readonly string[]): Promise<void> {
  const unasked = ['--yes', '-y', '--json', '--dry-run'].some((flag) => args.includes(flag));
  if (unasked || options.dryRun || !process.stdin.isTTY || !process.stdout.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Remove OpenShift, its pods and all their data from ${options.transport.name}? [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new OoError('NOT_CONFIRMED', 'usage', 'not confirmed: nothing was changed');
}

function reporterFor(flags: GlobalFlags): Reporter {
  if (flags.json) return jsonReporter(write);
  const isTerminal = process.stdout.isTTY === true && process.env['TERM'] !== 'dumb' && process.env['CI'] === undefined;
  const paint = isTerminal && flags.color && process.env['NO_COLOR'] === undefined ? colours : noColours;
  const options = { out: write, err: (text: string) => void process.stderr.write(redact(text)), paint, verbose: flags.verbose };
  return isTerminal && !flags.verbose ? terminalReporter(options) : plainReporter(options);
}

function write(text: string): void {
  process.stdout.write(redact(text));
}

function interrupted(cause: unknown): OoError {
  const hint =
    'what had begun was finished or will be: run the same command again to go on, or oo-install uninstall to take it back';
  const where = cause instanceof OoError && cause.code !== 'ABORTED' ? `: ${cause.message}` : '';
  return new OoError('INTERRUPTED', 'interrupted', `interrupted${where}`, { hint });
}

function unexpected(cause: unknown, verbose: boolean): OoError {
  const message = verbose && cause instanceof Error ? (cause.stack ?? cause.message) : errorText(cause);
  return new OoError('UNEXPECTED', 'internal', message, { hint: 'this is a bug of oo-install: please report it with --verbose' });
}

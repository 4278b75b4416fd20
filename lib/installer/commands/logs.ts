import { platformPaths } from '../phases/context.ts';
import { dockerLog } from '../phases/start-docker.ts';
import type { SessionOptions } from '../session.ts';
import { onInstalledHost } from './installed-host.ts';
import type { LogSource } from './log-sources.ts';

export interface LogFlags {
  readonly unit: LogSource;
  /** How many of the last lines. */
  readonly lines: number;
  /** And those to come, until the signal aborts. */
  readonly follow: boolean;
}

/** Units of systemd; files where none runs. */
const units: Readonly<Record<LogSource, string>> = {
  openshift: platformPaths.unitName,
  docker: 'docker.service',
  agent: 'oo-install-agent.service',
};
const files: Readonly<Record<LogSource, string>> = {
  openshift: platformPaths.log,
  docker: dockerLog,
  agent: '/run/oo-install/agent.log',
};

/** Tells the lines of a log as they come, each as a `log` event. Aborting ends it well: nobody waits for a last line. */
export async function logs(options: SessionOptions, { unit, lines, follow }: LogFlags): Promise<void> {
  await onInstalledHost(options, async ({ host }, facts) => {
    const source = facts.systemd ? { unit: units[unit] } : { file: files[unit] };
    const streaming = host.agent.call('log.stream', { ...source, lines, follow }, (line) =>
      options.reporter.report({ event: 'log', host: host.name, line }),
    );
    await Promise.race([streaming, aborted(options.signal)]);
    // Closing the connection ends the program that reads the log.
    streaming.catch(() => undefined);
  });
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

import { OoError } from '../../common/errors.ts';
import { judge } from '../phases/preflights/index.ts';
import { openSession, platformRuns, type SessionOptions, settingsFor } from '../session.ts';
import type { Facts } from '../transport/facts.ts';

/** The preflights alone. Changes nothing. */
export async function check(options: SessionOptions): Promise<void> {
  const begin = performance.now();
  const { host } = openSession(options);
  options.reporter.report({ event: 'started', host: host.name, command: 'check', dryRun: true });
  try {
    checkPreflights(await host.probe(), options);
    const seconds = Math.round((performance.now() - begin) / 100) / 10;
    options.reporter.report({ event: 'result', host: host.name, command: 'check', outcome: 'checked', seconds, changes: 0 });
  } finally {
    await host.close();
  }
}

/** Tells every finding, then refuses when one of them is a failure. */
export function checkPreflights(facts: Facts, options: SessionOptions): void {
  const settings = settingsFor(facts, options);
  const findings = judge({ facts, settings, now: Date.now(), platformRuns: platformRuns(facts) });
  for (const finding of findings) options.reporter.report({ event: 'finding', host: options.transport.name, ...finding });
  const failures = findings.filter((finding) => finding.level === 'failure');
  if (failures.length === 0) return;
  const what = failures.length === 1 ? 'a preflight check' : `${failures.length} preflight checks`;
  throw new OoError('PREFLIGHT_FAILED', 'preflight', `${what} failed: ${failures.map(({ message }) => message).join('; ')}`, {
    hint: 'nothing was changed; mend them, then run the same command again',
  });
}

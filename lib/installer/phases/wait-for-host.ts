import { once } from 'node:events';
import { defineErrors } from '../../common/errors.ts';
import { inWords } from '../agent/agent-errors.ts';
import type { Facts } from '../transport/facts.ts';
import { definePhase } from './define-phase.ts';

const waitErrors = defineErrors({
  CLOUD_INIT_TIMEOUT: {
    failure: 'preflight',
    message: (seconds: number, stage: string) =>
      `cloud-init was still at work after ${inWords(seconds)}${stage === '' ? '' : `, at ${stage}`}`,
    hint: () =>
      'nothing was changed; see /var/log/cloud-init-output.log on the server, then run the same command again, with --wait SECONDS to wait longer, or --wait 0 to go on without it',
  },
});

/** Seconds, unless told. */
const cloudInitPatience = 600;
/** Seconds that one look lasts at most: progress is told in between. */
const look = 5;

/**
 * Waits for cloud-init: a server that has just been made is still given its packages, users and disks when ssh answers already. Before the
 * first change, and before anything is judged: what it finds then counts.
 */
export const waitForHost = definePhase({
  name: 'wait-for-host',
  title: 'Wait until the server is set up',

  select: ({ facts, settings }) => settings.wait !== 0 && facts.cloudInit.state !== 'absent',

  isDone: async (_host, { facts }) => facts.cloudInit.state !== 'running',

  async apply(host, context) {
    if (host.dryRun) return host.note('cloud-init still works on this server: an installation would wait for it first');
    const begin = performance.now();
    const patience = context.settings.wait ?? cloudInitPatience;
    let { facts } = context;
    for (;;) {
      const waited = Math.round((performance.now() - begin) / 1000);
      const { stage } = facts.cloudInit;
      if (waited >= patience) throw waitErrors.CLOUD_INIT_TIMEOUT(waited, stage);
      host.progress(`waiting for cloud-init to end${stage === '' ? '' : `, it is at ${stage}`} (${waited} s)`);
      facts = await unlessAborted(host.probe(Math.max(1, Math.min(look, Math.ceil(patience - waited)))), context.signal);
      if (facts.cloudInit.state !== 'running') break;
    }
    context.renew?.(facts);
  },
});

/** Nobody waits for the end of a look whose answer nobody wants. */
async function unlessAborted(facts: Promise<Facts>, signal: AbortSignal | undefined): Promise<Facts> {
  if (signal === undefined) return facts;
  signal.throwIfAborted();
  const settled = new AbortController();
  facts.catch(() => undefined);
  const aborted = once(signal, 'abort', { signal: settled.signal }).then(() => signal.throwIfAborted());
  aborted.catch(() => undefined);
  try {
    return (await Promise.race([facts, aborted])) ?? (await facts);
  } finally {
    settled.abort();
  }
}

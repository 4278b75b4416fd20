import { setTimeout as delay } from 'node:timers/promises';
import { agentErrors } from '../agent-errors.ts';
import type { Handlers } from '../call-context.ts';
import type { SubjectOf } from '../journal/journal-entry.ts';
import { runtimeCommand } from '../runtime-command.ts';
import { askSupervisor, withSupervisor } from '../supervisor/supervisor-client.ts';

/** The supervisor only starts programs and waits: it needs little memory. */
const smallHeap = ['--max-old-space-size=16', '--max-semi-space-size=1', '--optimize-for-size'];
/** A program that cannot start has ended by then. */
const settle = 400;

/** Services of our own supervisor, where no systemd runs. */
export const serviceHandlers: Handlers<'service.list' | 'service.start' | 'service.stop'> = {
  'service.list': async (_params, { paths }) => ({ services: [...((await askSupervisor(paths.runDir, { op: 'list' })) ?? [])] }),

  'service.start': async ({ name, argv, env, log, grace, restart }, context) => {
    const { runDir } = context.paths;
    const now = (await askSupervisor(runDir, { op: 'list' }))?.find((service) => service.name === name);
    if (now?.running === true && !restart) return { changed: false };
    const known = context.journal
      .entries()
      .some((entry) => entry.subject.kind === 'service' && entry.subject.name === name && entry.state !== 'undone');
    const subject: SubjectOf<'service'> = { kind: 'service', name, log };
    const { phase, description } = context.change;
    const id = known ? undefined : await context.journal.begin(phase, description, subject);
    const spec = { name, argv, env: { ...baseEnvironment(), ...env }, log, grace };
    await withSupervisor(runDir, runtimeCommand('supervisor', smallHeap), { op: 'start', spec });
    if (id !== undefined) await context.journal.done(id, subject);
    await delay(settle);
    const after = (await askSupervisor(runDir, { op: 'list' }))?.find((service) => service.name === name);
    if (after?.running !== true) throw agentErrors.SERVICE_FAILED(name, after?.reason ?? 'the supervisor does not know it');
    return { changed: true };
  },

  'service.stop': async ({ name }, { paths }) => {
    const known = (await askSupervisor(paths.runDir, { op: 'list' }))?.some((service) => service.name === name) ?? false;
    if (known) await askSupervisor(paths.runDir, { op: 'stop', name });
    return { changed: known };
  },
};

/** What a service gets beside its own: where programs are, and the proxies of the machine. */
function baseEnvironment(): Record<string, string> {
  const env: Record<string, string> = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' };
  for (const key of ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'])
    if (process.env[key] !== undefined) env[key] = process.env[key];
  return env;
}

import type { CallResult } from '../call-schemas.ts';
import type { Handlers } from '../call-context.ts';
import type { SubjectOf } from '../journal/journal-entry.ts';
import { mustRun, runCommand } from '../run-command.ts';

/** Units of systemd. */
export const unitHandlers: Handlers<'unit.state' | 'unit.start' | 'unit.stop'> = {
  'unit.state': ({ name }) => unitState(name),

  'unit.start': async ({ name, restart, enable }, context) => {
    await mustRun(['systemctl', 'daemon-reload']);
    const now = await unitState(name);
    const isEnabled = now.enabled === 'enabled' || !enable;
    if (now.active === 'active' && isEnabled && !restart) return { changed: false };
    const known = context.journal
      .entries()
      .some((entry) => entry.subject.kind === 'unit' && entry.subject.name === name && entry.state !== 'undone');
    const subject: SubjectOf<'unit'> = { kind: 'unit', name, before: { active: now.active, enabled: now.enabled } };
    const { phase, description } = context.change;
    const id = known ? undefined : await context.journal.begin(phase, description, subject);
    // A unit that crashed often enough is refused until its counter is reset.
    await runCommand(['systemctl', 'reset-failed', name]);
    await mustRun(['systemctl', restart && now.active === 'active' ? 'restart' : 'start', name], { timeout: 180_000 });
    // Enabled last: what does not start is left as it was.
    if (!isEnabled) await mustRun(['systemctl', 'enable', '--quiet', name]);
    if (id !== undefined) await context.journal.done(id, subject);
    return { changed: true };
  },

  'unit.stop': async ({ name }) => {
    if (/^(inactive|failed)$/.test((await unitState(name)).active)) return { changed: false };
    await mustRun(['systemctl', 'stop', name], { timeout: 180_000 });
    return { changed: true };
  },
};

/** systemd's words for a unit: ActiveState, UnitFileState, Result, NRestarts. */
async function unitState(name: string): Promise<CallResult<'unit.state'>> {
  const { stdout } = await runCommand(['systemctl', 'show', '--property=ActiveState,UnitFileState,Result,NRestarts', name]);
  const property = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(stdout)?.[1] ?? '';
  return {
    active: property('ActiveState'),
    enabled: property('UnitFileState'),
    result: property('Result'),
    restarts: Number(property('NRestarts')),
  };
}

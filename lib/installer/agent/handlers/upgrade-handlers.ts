import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { rfc3339 } from '../../../common/clock.ts';
import { agentErrors } from '../agent-errors.ts';
import type { Handlers } from '../call-context.ts';
import { readPathState } from '../path-state.ts';
import { currentVersion } from '../upgrade/installed-versions.ts';
import { runUpgrade } from '../upgrade/run-upgrade.ts';
import { readUpgrade, type UpgradeRecord, writeUpgrade } from '../upgrade/upgrade-record.ts';
import { imageId } from './docker-handlers.ts';

/** An upgrade: its record, its beginning and the work itself. */
export const upgradeHandlers: Handlers<'upgrade.read' | 'upgrade.begin' | 'upgrade.run'> = {
  'upgrade.read': async (_params, { paths }) => {
    const record = await readUpgrade(paths.stateDir);
    if (record === undefined) return {};
    const { state, since, from, to } = record;
    return { pending: { state, since, from, to } };
  },

  'upgrade.begin': async ({ to, files, images }, { paths, journal }) => {
    for (const kind of ['runtime', 'openshift'] as const) {
      const there = await stat(join(paths.optDir, kind, to[kind])).catch(() => undefined);
      if (there === undefined) throw agentErrors.VERSION_MISSING(kind, to[kind]);
    }
    const pending = await readUpgrade(paths.stateDir);
    if (pending !== undefined && pending.state !== 'begun') {
      // What is in use has not proved itself: the version before it is still the one to return to.
      const same = pending.to.openshift === to.openshift && pending.to.runtime === to.runtime;
      if (!same) await writeUpgrade(paths.stateDir, { ...pending, to, state: 'switched' });
      return { from: pending.from };
    }
    const from = await currentVersion(paths.optDir);
    if (from === undefined) throw agentErrors.NOTHING_TO_UPGRADE();
    if (pending !== undefined) {
      // Images may have been loaded since it was written: what it knows of them is from before.
      await writeUpgrade(paths.stateDir, { ...pending, from, to });
      return { from };
    }
    const record: UpgradeRecord = {
      state: 'begun',
      since: rfc3339(Date.now()),
      from,
      to,
      files: await Promise.all(files.map(async (path) => ({ path, before: await readPathState(path, journal.backupDir) }))),
      images: Object.fromEntries(await Promise.all(images.map(async (name) => [name, await imageId(name)] as const))),
      bootId: '',
      reason: '',
      lines: [],
    };
    await writeUpgrade(paths.stateDir, record);
    return { from };
  },

  'upgrade.run': runUpgrade,
};

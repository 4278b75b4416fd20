import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { agentErrors } from '../agent-errors.ts';
import type { Handlers } from '../call-context.ts';
import { agentProtocol, callSchemas } from '../call-schemas.ts';
import { removeTree } from '../journal/remove-tree.ts';
import { undoEntry } from '../journal/undo.ts';
import { readPathState, replaceLink } from '../path-state.ts';
import { bundleRoot } from '../runtime-command.ts';
import { askSupervisor } from '../supervisor/supervisor-client.ts';

/** The agent itself: who it is, which version is in use, what its journal holds, and its end. */
export const agentHandlers: Handlers<'hello' | 'artifact.use' | 'journal.read' | 'journal.undo' | 'agent.remove' | 'agent.exit'> =
  {
    hello: async () => ({
      bundle: basename(bundleRoot()),
      pid: process.pid,
      uid: process.getuid?.() ?? -1,
      protocol: agentProtocol,
      calls: Object.keys(callSchemas),
    }),

    'artifact.use': async ({ kind, sha256 }, { paths }) => {
      const link = join(paths.optDir, kind, 'current');
      const target = join(paths.optDir, kind, sha256);
      const before = await readPathState(link);
      if (before.kind === 'link' && before.target === target) return { changed: false };
      await replaceLink(link, target);
      await forgetOldArtifacts(join(paths.optDir, kind), target, before.kind === 'link' ? before.target : target);
      return { changed: true };
    },

    'journal.read': async (_params, { journal }) => ({ entries: journal.entries() }),

    'journal.undo': async ({ id }, { journal, paths, progress }) => {
      const entry = journal.entries().find((candidate) => candidate.id === id);
      if (entry === undefined) throw agentErrors.NO_SUCH_ENTRY(id);
      return undoEntry(entry, { journal, paths, progress });
    },

    'agent.remove': async (_params, { journal, paths }) => {
      const removed = [paths.optDir];
      await removeTree(paths.optDir);
      // What was kept can be taken back later only while the journal tells of it.
      if (journal.entries().every((entry) => entry.state === 'undone')) {
        await removeTree(paths.stateDir);
        removed.push(paths.stateDir);
      }
      if (((await askSupervisor(paths.runDir, { op: 'list' })) ?? []).length === 0) {
        await removeTree(paths.runDir);
        removed.push(paths.runDir);
      }
      return { removed };
    },

    'agent.exit': async () => ({}),
  };

/** Keeps the one in use, and the one before it: the daemon may still run out of that. */
async function forgetOldArtifacts(folder: string, current: string, before: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (name !== 'current' && path !== current && path !== before) await removeTree(path);
  }
}

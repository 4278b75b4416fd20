import { basename } from 'node:path';
import { agentErrors } from '../agent-errors.ts';
import type { Handlers } from '../call-context.ts';
import { removeTree } from '../journal/remove-tree.ts';
import { undoEntry } from '../journal/undo.ts';
import { bundleRoot } from '../runtime-command.ts';
import { askSupervisor } from '../supervisor/supervisor-client.ts';

export const agentHandlers: Handlers<'hello' | 'journal.read' | 'journal.undo' | 'agent.remove' | 'agent.exit'> = {
  hello: async () => ({ bundle: basename(bundleRoot()), pid: process.pid, uid: process.getuid?.() ?? -1 }),

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

import { z } from 'zod';
import { journalEntry, undoOutcome } from '../journal/journal-entry.ts';
import { read, change } from './call-shape.ts';

/** What was changed, and taking it back. */
export const journalCalls = {
  'journal.read': read(z.strictObject({}), z.object({ entries: z.array(journalEntry) })),
  'journal.undo': change(z.strictObject({ id: z.int() }), undoOutcome),
} as const;

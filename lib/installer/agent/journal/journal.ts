import { mkdirSync, readFileSync } from 'node:fs';
import { open, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Clock, rfc3339, systemClock } from '../../../common/clock.ts';
import { redact } from '../../../common/secrets.ts';
import { type JournalEntry, journalSubject, type JournalSubject } from './journal-entry.ts';

const record = z.union([
  z.strictObject({
    id: z.int(),
    time: z.string(),
    state: z.literal('begun'),
    phase: z.string(),
    description: z.string(),
    subject: journalSubject,
  }),
  z.strictObject({ id: z.int(), time: z.string(), state: z.literal('done'), subject: journalSubject }),
  z.strictObject({ id: z.int(), time: z.string(), state: z.enum(['undone', 'kept']), reason: z.string().optional() }),
]);
type JournalRecord = z.infer<typeof record>;

/**
 * What we did to this server: JSON lines, only ever appended, each on the disk before the call goes on. A change is `begun` (with
 * what was there before) and then `done`, so that one that was cut off between the two can still be taken back.
 */
export interface Journal {
  /** Oldest first. */
  entries(): JournalEntry[];
  begin(phase: string, description: string, subject: JournalSubject): Promise<number>;
  done(id: number, subject: JournalSubject): Promise<void>;
  /** Taken back, or kept for a reason. */
  close(id: number, state: 'undone' | 'kept', reason?: string): Promise<void>;
  /** Where the content of replaced files is kept. */
  readonly backupDir: string;
}

/** The journal in a folder, with what earlier agents wrote into it. */
export async function openJournal(dir: string, clock: Clock = systemClock): Promise<Journal> {
  mkdirSync(join(dir, 'backup'), { recursive: true, mode: 0o700 });
  const path = join(dir, 'journal.jsonl');
  const folded = await load(path);
  let nextId = Math.max(0, ...folded.keys()) + 1;

  const append = async (entry: JournalRecord): Promise<void> => {
    const file = await open(path, 'a', 0o600);
    try {
      await file.appendFile(`${redact(JSON.stringify(entry))}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    fold(folded, entry);
  };
  const time = () => rfc3339(clock.now());
  return {
    backupDir: join(dir, 'backup'),
    entries: () => [...folded.values()],
    begin: async (phase, description, subject) => {
      const id = nextId++;
      await append({ id, time: time(), state: 'begun', phase, description, subject });
      return id;
    },
    done: (id, subject) => append({ id, time: time(), state: 'done', subject }),
    close: (id, state, reason) => append({ id, time: time(), state, ...(reason === undefined ? {} : { reason }) }),
  };
}

/** A last line that a power cut left half written is cut off; any other line that cannot be read stops us. */
async function load(path: string): Promise<Map<number, JournalEntry>> {
  const folded = new Map<number, JournalEntry>();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      await syncDirectory(dirname(path));
      return folded;
    }
    throw error;
  }
  const end = text.lastIndexOf('\n') + 1;
  if (end < text.length) await truncate(path, Buffer.byteLength(text.slice(0, end)));
  for (const line of text.slice(0, end).split('\n').filter(Boolean)) fold(folded, record.parse(JSON.parse(line)));
  return folded;
}

function fold(entries: Map<number, JournalEntry>, next: JournalRecord): void {
  const before = entries.get(next.id);
  if (next.state === 'begun') entries.set(next.id, next);
  else if (before === undefined) return;
  else if (next.state === 'done') entries.set(next.id, { ...before, state: 'done', subject: next.subject });
  else entries.set(next.id, { ...before, state: next.state, ...(next.reason === undefined ? {} : { reason: next.reason }) });
}

async function syncDirectory(path: string): Promise<void> {
  const dir = await open(path, 'r');
  try {
    await dir.sync();
  } finally {
    await dir.close();
  }
}

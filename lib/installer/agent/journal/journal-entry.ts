import { z } from 'zod';

/** What stood at a path before we touched it. */
export const pathState = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('absent') }),
  z.strictObject({
    kind: z.literal('file'),
    sha256: z.string(),
    mode: z.int(),
    uid: z.int(),
    gid: z.int(),
    /** Whether its content is kept in the journal's folder of backups, under its hash. */
    backup: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('link'), target: z.string() }),
  z.strictObject({ kind: z.literal('directory'), mode: z.int() }),
]);
export type PathState = z.infer<typeof pathState>;

const unitState = z.strictObject({ active: z.string(), enabled: z.string() });

/** What a change was about: enough to take it back, and to see whether somebody else has changed it since. */
export const journalSubject = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), path: z.string(), before: pathState, sha256: z.string() }),
  /** Docker's own configuration, into which settings were merged: what we wrote is kept as a backup too, for a way back around later edits. */
  z.strictObject({ kind: z.literal('docker-config'), path: z.string(), before: pathState, sha256: z.string() }),
  z.strictObject({ kind: z.literal('directory'), path: z.string(), tree: z.boolean() }),
  z.strictObject({
    kind: z.literal('packages'),
    requested: z.array(z.string()),
    /** Names of all packages before, until it is known what came with us: what a cut-off run installed is told from it. */
    before: z.array(z.string()),
    installed: z.array(z.strictObject({ name: z.string(), version: z.string() })),
  }),
  /** Programs that no package manager knows, and the files that belong to them. */
  z.strictObject({
    kind: z.literal('programs'),
    name: z.enum(['docker', 'cni-plugins']),
    files: z.array(z.strictObject({ path: z.string(), sha256: z.string() })),
  }),
  z.strictObject({ kind: z.literal('unit'), name: z.string(), before: unitState }),
  z.strictObject({ kind: z.literal('service'), name: z.string(), log: z.string() }),
  z.strictObject({
    kind: z.literal('image'),
    reference: z.string(),
    id: z.string(),
    /** Image that had this reference before, or empty. */
    before: z.string(),
  }),
  z.strictObject({ kind: z.literal('sysctls'), before: z.record(z.string(), z.string()), set: z.record(z.string(), z.string()) }),
  z.strictObject({
    kind: z.literal('platform'),
    program: z.string(),
    config: z.string(),
    dataDir: z.string(),
    kubeconfig: z.string(),
  }),
]);
export type JournalSubject = z.infer<typeof journalSubject>;
export type SubjectOf<K extends JournalSubject['kind']> = Extract<JournalSubject, { kind: K }>;

/** One change, as the journal tells it after all its records are folded. */
export const journalEntry = z.strictObject({
  id: z.int(),
  /** RFC 3339. */
  time: z.string(),
  phase: z.string(),
  description: z.string(),
  /** `begun`: cut off in the middle; it may have happened or not. */
  state: z.enum(['begun', 'done', 'undone', 'kept']),
  subject: journalSubject,
  /** Why it was kept. */
  reason: z.string().optional(),
});
export type JournalEntry = z.infer<typeof journalEntry>;

/** What became of a change that was to be taken back. */
export const undoOutcome = z.strictObject({
  outcome: z.enum(['undone', 'kept']),
  /** For a person: what was removed or restored, or why it was kept. */
  message: z.string(),
});
export type UndoOutcome = z.infer<typeof undoOutcome>;

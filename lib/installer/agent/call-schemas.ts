import { z } from 'zod';
import { journalEntry, undoOutcome } from './journal/journal-entry.ts';

/** Absolute and normal: no `..`, no empty parts, no NUL. */
export const hostPath = z.string().regex(/^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/, 'must be an absolute path without .. in it');
/** Of Debian policy 5.6.1. */
const packageName = z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/);
/** Of systemd.unit(5), without the characters that select several. */
const unitName = z.string().regex(/^[A-Za-z0-9:_.@-]+\.(service|socket)$/);
const serviceName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);
const mode = z.int().min(0).max(0o7777);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());
const argv = z.array(z.string().regex(/^[^\0]*$/)).min(1);

const serviceState = z.strictObject({
  name: z.string(),
  running: z.boolean(),
  /** Of the running process, 0 otherwise. */
  pid: z.int(),
  /** How often it was started again after a crash. */
  restarts: z.int(),
  /** Why it is not running, or why it ended last. */
  reason: z.string(),
});
export type ServiceState = z.infer<typeof serviceState>;

const packageVersion = z.strictObject({ name: z.string(), version: z.string() });

/** Nothing worth telling. */
const done = z.strictObject({ changed: z.boolean() });

function read<P extends z.ZodType, R extends z.ZodType>(params: P, result: R) {
  return { params, result, changes: false } as const;
}
function change<P extends z.ZodType, R extends z.ZodType>(params: P, result: R) {
  return { params, result, changes: true } as const;
}

/**
 * Every call that the agent answers, by name: what goes in and what comes out, validated on both ends. A call that changes the server
 * is journalled by its handler, and only `Host.change` can make it.
 */
export const callSchemas = {
  hello: read(z.strictObject({}), z.strictObject({ bundle: z.string(), pid: z.int(), uid: z.int() })),

  'lock.take': read(
    z.strictObject({ owner: z.string().max(200), force: z.boolean() }),
    z.strictObject({ taken: z.boolean(), owner: z.string(), since: z.string() }),
  ),

  'file.read': read(
    z.strictObject({ path: hostPath, maxBytes: z.int().positive().max(16_000_000) }),
    z.strictObject({ content: z.string().optional(), mode: mode.optional() }),
  ),
  'file.write': change(z.strictObject({ path: hostPath, content: z.string(), mode }), done),
  /** `tree`: everything in it is ours, so that undoing removes it with all it holds. */
  'directory.make': change(z.strictObject({ path: hostPath, mode, tree: z.boolean() }), done),

  /** Makes an artifact that is in place the one in use. Not journalled: the whole folder of artifacts goes at the end of an uninstall. */
  'artifact.use': change(z.strictObject({ kind: z.enum(['runtime', 'openshift']), sha256 }), done),

  'packages.missing': read(z.strictObject({ names: z.array(packageName) }), z.strictObject({ missing: z.array(z.string()) })),
  'packages.install': change(
    z.strictObject({ names: z.array(packageName).min(1), lockTimeout: z.int().positive() }),
    z.strictObject({ installed: z.array(packageVersion) }),
  ),

  'unit.state': read(
    z.strictObject({ name: unitName }),
    z.strictObject({ active: z.string(), enabled: z.string(), result: z.string(), restarts: z.int() }),
  ),
  /** Enabled at boot, and running with its present files: started, or restarted when `restart` says so. */
  'unit.start': change(z.strictObject({ name: unitName, restart: z.boolean(), enable: z.boolean() }), done),

  'service.list': read(z.strictObject({}), z.strictObject({ services: z.array(serviceState) })),
  /** Under our own supervisor, where no init system runs. */
  'service.start': change(
    z.strictObject({
      name: serviceName,
      argv,
      env: environment,
      log: hostPath,
      /** ms from SIGTERM to SIGKILL. */
      grace: z.int().positive(),
      restart: z.boolean(),
    }),
    done,
  ),

  /** The last lines that a unit (its journal) or a supervised service (its log file) wrote. */
  'log.tail': read(
    z.strictObject({ unit: unitName.optional(), file: hostPath.optional(), lines: z.int().min(1).max(500) }),
    z.strictObject({ lines: z.array(z.string()) }),
  ),

  'docker.info': read(
    z.strictObject({}),
    z.strictObject({
      running: z.boolean(),
      reason: z.string(),
      version: z.string(),
      storageDriver: z.string(),
      cgroupVersion: z.string(),
      /** Containers that no platform of ours made. */
      foreignContainers: z.int(),
    }),
  ),
  'docker.images': read(
    z.strictObject({ references: z.array(z.string()) }),
    z.strictObject({ ids: z.record(z.string(), z.string()) }),
  ),
  'docker.load': change(z.strictObject({ path: hostPath, sha256, reference: z.string(), id: z.string() }), done),

  /** Loads kernel modules (one that this kernel has built in is no error) and sets sysctls, for now. */
  'kernel.prepare': change(
    z.strictObject({
      modules: z.array(z.string().regex(/^[a-z0-9_]+$/)),
      sysctls: z.record(z.string().regex(/^[a-z0-9_.-]+$/), z.string().regex(/^[0-9]+$/)),
    }),
    z.strictObject({
      /** Neither there nor loadable, as far as can be told. */
      missingModules: z.array(z.string()),
      /** Those that are not part of the kernel itself, so that every boot must load them. */
      loadedModules: z.array(z.string()),
      refusedSysctls: z.array(z.string()),
    }),
  ),

  /** Marks that a platform runs out of `config`: undoing has it take back its containers, rules and interfaces, and removes `dataDir`. */
  'platform.adopt': change(
    z.strictObject({ program: hostPath, config: hostPath, dataDir: hostPath, kubeconfig: hostPath }),
    done,
  ),
  'platform.health': read(
    z.strictObject({ kubeconfig: hostPath }),
    z.strictObject({ ready: z.boolean(), nodeReady: z.boolean(), reason: z.string(), server: z.string() }),
  ),
  /** Whether a pod has run and answered; leaves nothing behind once it has. */
  'platform.tryPod': read(
    z.strictObject({ kubeconfig: hostPath, image: z.string() }),
    z.strictObject({ answered: z.boolean(), reason: z.string() }),
  ),

  'journal.read': read(z.strictObject({}), z.strictObject({ entries: z.array(journalEntry) })),
  'journal.undo': change(z.strictObject({ id: z.int() }), undoOutcome),
  /** The last call of an uninstall: the agent removes what is left of the installer itself, and ends. */
  'agent.remove': change(z.strictObject({}), z.strictObject({ removed: z.array(z.string()) })),
  'agent.exit': read(z.strictObject({}), z.strictObject({})),
} as const;

export type CallName = keyof typeof callSchemas;
/** Names of the calls that change the server. */
export type ChangeName = { [K in CallName]: (typeof callSchemas)[K]['changes'] extends true ? K : never }[CallName];
/** Names of the calls that only look. */
export type ReadName = Exclude<CallName, ChangeName>;
export type CallParams<K extends CallName> = z.infer<(typeof callSchemas)[K]['params']>;
export type CallResult<K extends CallName> = z.infer<(typeof callSchemas)[K]['result']>;

/** What a line of the connection may be. */
export const requestFrame = z.strictObject({
  id: z.int().positive(),
  call: z.enum(Object.keys(callSchemas) as [CallName, ...CallName[]]),
  params: z.unknown(),
  /** Who changes what, for the journal. Absent for calls that only look. */
  change: z.strictObject({ phase: z.string().max(60), description: z.string().max(500) }).optional(),
});
export type RequestFrame = z.infer<typeof requestFrame>;

export const replyFrame = z.union([
  z.strictObject({ id: z.int(), result: z.unknown() }),
  z.strictObject({
    id: z.int(),
    error: z.strictObject({ code: z.string(), failure: z.string(), message: z.string(), hint: z.string().optional() }),
  }),
  /** A line for the person who waits. */
  z.strictObject({ id: z.int(), progress: z.string() }),
]);
export type ReplyFrame = z.infer<typeof replyFrame>;

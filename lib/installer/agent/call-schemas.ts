import { z } from 'zod';
import { journalEntry, undoOutcome } from './journal/journal-entry.ts';
import { installedVersion } from './upgrade/upgrade-record.ts';
import { sha256Hex as sha256 } from '../artifacts/sha256.ts';

/** Absolute and normal: no `..`, no empty parts, no NUL. */
export const hostPath = z.string().regex(/^(\/(?!\.{1,2}(\/|$))[^/\0]+)+$/, 'must be an absolute path without .. in it');
/** Of Debian policy 5.6.1. */
const packageName = z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/);
/** A file name without a path: no slash, and no dot that leads it. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+~:%_-]{0,200}$/);
/** Of systemd.unit(5), without the characters that select several. */
const unitName = z.string().regex(/^[A-Za-z0-9:_.@-]+\.(service|socket)$/);
const serviceName = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/);
const mode = z.int().min(0).max(0o7777);
const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());
const argv = z.array(z.string().regex(/^[^\0]*$/)).min(1);

const serviceState = z.object({
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

const packageVersion = z.object({ name: z.string(), version: z.string() });

const supervisedService = z.strictObject({
  name: serviceName,
  argv,
  env: environment,
  log: hostPath,
  /** ms from SIGTERM to SIGKILL. */
  grace: z.int().positive(),
});

/** What the agent's calls look like: see `callSchemas`. */
export const agentProtocol = 1;

/** An object of JSON, as /etc/docker/daemon.json holds one. */
const dockerSettings = z.record(z.string(), z.json());

/** Nothing worth telling. */
const done = z.object({ changed: z.boolean() });

function read<P extends z.ZodType, R extends z.ZodType>(params: P, result: R) {
  return { params, result, changes: false } as const;
}
function change<P extends z.ZodType, R extends z.ZodType>(params: P, result: R) {
  return { params, result, changes: true } as const;
}

/**
 * Every call that the agent answers, by name: what goes in and what comes out, validated on both ends. A call that changes the server
 * is journalled by its handler, and only `Host.change` can make it.
 *
 * Operator and agent may be of different versions (commands that only look or start and stop ask the agent that is installed). Within one
 * `agentProtocol` calls are only added, and answers only get further fields, which who does not know them passes over. Anything else
 * takes another number.
 */
export const callSchemas = {
  hello: read(
    z.strictObject({}),
    z.object({
      bundle: z.string(),
      pid: z.int(),
      uid: z.int(),
      /** Absent in agents that are older than the field. */
      protocol: z.int().optional(),
      /** The calls that it answers. */
      calls: z.array(z.string()).optional(),
    }),
  ),

  'lock.take': read(
    z.strictObject({ owner: z.string().max(200), force: z.boolean() }),
    z.object({
      taken: z.boolean(),
      owner: z.string(),
      since: z.string(),
      /** Since then, by the server's own clock. */
      seconds: z.number().default(0),
      /** The change that the holder is at, or empty. */
      doing: z.string().default(''),
    }),
  ),

  'file.read': read(
    z.strictObject({ path: hostPath, maxBytes: z.int().positive().max(16_000_000) }),
    z.object({ content: z.string().optional(), mode: mode.optional() }),
  ),
  'file.write': change(z.strictObject({ path: hostPath, content: z.string(), mode }), done),
  /** `tree`: everything in it is ours, so that undoing removes it with all it holds. */
  'directory.make': change(z.strictObject({ path: hostPath, mode, tree: z.boolean() }), done),

  /** Makes an artifact that is in place the one in use. Not journalled: the whole folder of artifacts goes at the end of an uninstall. */
  'artifact.use': change(z.strictObject({ kind: z.enum(['runtime', 'openshift']), sha256 }), done),

  'packages.missing': read(z.strictObject({ names: z.array(packageName) }), z.object({ missing: z.array(z.string()) })),
  'packages.install': change(
    z.strictObject({ names: z.array(packageName).min(1), lockTimeout: z.int().positive() }),
    z.object({ installed: z.array(packageVersion) }),
  ),

  /** dpkg's database, reduced to what decides about dependencies: the operator's apt resolves with it. */
  'packages.status': read(z.strictObject({}), z.strictObject({ status: z.string() })),
  /** Whether the server could fetch packages by itself, and why not. */
  'packages.reachable': read(z.strictObject({}), z.strictObject({ reachable: z.boolean(), reason: z.string() })),
  /** The same as packages.install, out of a tar archive of package files: asks no mirror. */
  'packages.installFiles': change(
    z.strictObject({
      names: z.array(packageName).min(1),
      path: hostPath,
      sha256,
      files: z.array(z.strictObject({ file: fileName, sha256 })).min(1),
      lockTimeout: z.int().positive(),
    }),
    z.strictObject({ installed: z.array(packageVersion) }),
  ),

  /** Puts the programs of a static build (a gzip-compressed tar archive) into a folder, and files of ours beside them. */
  'programs.install': change(
    z.strictObject({
      name: z.enum(['docker', 'cni-plugins']),
      path: hostPath,
      sha256,
      folder: hostPath,
      files: z.array(z.strictObject({ path: hostPath, content: z.string(), mode })),
    }),
    done,
  ),

  'unit.state': read(
    z.strictObject({ name: unitName }),
    z.object({ active: z.string(), enabled: z.string(), result: z.string(), restarts: z.int() }),
  ),
  /** Enabled at boot, and running with its present files: started, or restarted when `restart` says so. */
  'unit.start': change(z.strictObject({ name: unitName, restart: z.boolean(), enable: z.boolean() }), done),
  /** Stops it for now. Whether it starts at boot stays as it is. */
  'unit.stop': change(z.strictObject({ name: unitName }), done),

  'service.list': read(z.strictObject({}), z.object({ services: z.array(serviceState) })),
  /** Under our own supervisor, where no init system runs. */
  'service.start': change(supervisedService.extend({ restart: z.boolean() }), done),
  'service.stop': change(z.strictObject({ name: serviceName }), done),

  /** The last lines that a unit (its journal) or a supervised service (its log file) wrote. */
  'log.tail': read(
    z.strictObject({ unit: unitName.optional(), file: hostPath.optional(), lines: z.int().min(1).max(500) }),
    z.object({ lines: z.array(z.string()) }),
  ),
  /** The same as lines of progress; `follow`: and those to come, until the connection ends. */
  'log.stream': read(
    z.strictObject({
      unit: unitName.optional(),
      file: hostPath.optional(),
      lines: z.int().min(0).max(1_000_000),
      follow: z.boolean(),
    }),
    z.object({}),
  ),

  'docker.info': read(
    z.strictObject({}),
    z.object({
      running: z.boolean(),
      reason: z.string(),
      version: z.string(),
      storageDriver: z.string(),
      cgroupVersion: z.string(),
      /** Containers that no platform of ours made. */
      foreignContainers: z.int(),
    }),
  ),
  'docker.images': read(z.strictObject({ references: z.array(z.string()) }), z.object({ ids: z.record(z.string(), z.string()) })),
  /** Chain IDs of the layers of images that have or had these names; `skips`: its store loads no layer that it has. */
  'docker.layers': read(
    z.strictObject({ references: z.array(z.string()) }),
    z.strictObject({ skips: z.boolean(), chains: z.array(z.string()) }),
  ),
  'docker.load': change(z.strictObject({ path: hostPath, sha256, reference: z.string(), id: z.string() }), done),

  /** Which settings of Docker's own configuration would change if these were merged into it, and where it is. */
  'docker.configDiffers': read(
    z.strictObject({ settings: dockerSettings }),
    z.strictObject({ path: z.string(), keys: z.array(z.string()) }),
  ),
  /**
   * Merges settings into Docker's own configuration, and has Docker go by them. `restart`: also when that stops containers that are not ours.
   * Docker that does not come back is given its old configuration again, and that is an error.
   */
  'docker.configure': change(
    z.strictObject({ settings: dockerSettings, restart: z.boolean() }),
    z.strictObject({ changed: z.boolean(), applied: z.enum(['nothing', 'at-start', 'reloaded', 'restarted']) }),
  ),
  /** Restarts Docker, if it runs, for another environment. */
  'docker.restart': change(z.strictObject({ why: z.string(), restart: z.boolean() }), done),

  /** Loads kernel modules (one that this kernel has built in is no error) and sets sysctls, for now. */
  'kernel.prepare': change(
    z.strictObject({
      modules: z.array(z.string().regex(/^[a-z0-9_]+$/)),
      sysctls: z.record(z.string().regex(/^[a-z0-9_.-]+$/), z.string().regex(/^[0-9]+$/)),
    }),
    z.object({
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
    z.object({ ready: z.boolean(), nodeReady: z.boolean(), reason: z.string(), server: z.string() }),
  ),
  'platform.pods': read(
    z.strictObject({ kubeconfig: hostPath }),
    z.object({
      /** Running pods, by the API's word; absent when it does not answer. */
      running: z.int().optional(),
      /** Running sandboxes, one for each pod, by Docker's word. */
      sandboxes: z.int(),
    }),
  ),
  'platform.certificates': read(
    z.strictObject({ kubeconfig: hostPath, dataDir: hostPath }),
    z.object({
      certificates: z.array(
        z.object({
          name: z.string(),
          /** RFC 3339. */
          expires: z.string(),
          /** The names and addresses that it is good for. */
          names: z.array(z.string()),
        }),
      ),
    }),
  ),
  /** Whether a pod has run and answered; leaves nothing behind once it has. */
  'platform.tryPod': read(
    z.strictObject({ kubeconfig: hostPath, image: z.string() }),
    z.object({ answered: z.boolean(), reason: z.string() }),
  ),

  'upgrade.read': read(
    z.strictObject({}),
    z.object({
      pending: z.object({ state: z.string(), since: z.string(), from: installedVersion, to: installedVersion }).optional(),
    }),
  ),
  /**
   * Writes down what is here before a version that is in place takes over: links, files, images. An upgrade that was cut off keeps what
   * it has written down. Nothing is switched yet.
   */
  'upgrade.begin': change(
    z.strictObject({ to: installedVersion, files: z.array(hostPath), images: z.array(z.string()) }),
    z.object({ from: installedVersion }),
  ),
  /** Switches, restarts the daemon and has it prove itself; when it does not, everything is as before, the daemon too. */
  'upgrade.run': change(
    z.strictObject({
      files: z.array(z.strictObject({ path: hostPath, content: z.string(), mode })),
      daemon: z.union([z.strictObject({ unit: unitName }), z.strictObject({ service: supervisedService })]),
      config: hostPath,
      kubeconfig: hostPath,
      /** Of the pod that has to run and answer. */
      image: z.string(),
      /** ms in which it must be healthy. */
      patience: z.int().positive(),
    }),
    z.object({
      outcome: z.enum(['upgraded', 'returned']),
      from: installedVersion,
      to: installedVersion,
      /** Why it returned. */
      reason: z.string(),
      /** The last lines that the daemon wrote before it was taken back. */
      lines: z.array(z.string()),
      /** Why the version before is not healthy either, or nothing. */
      unhealthy: z.string(),
    }),
  ),

  'journal.read': read(z.strictObject({}), z.object({ entries: z.array(journalEntry) })),
  'journal.undo': change(z.strictObject({ id: z.int() }), undoOutcome),
  /** The last call of an uninstall: the agent removes what is left of the installer itself, and ends. */
  'agent.remove': change(z.strictObject({}), z.object({ removed: z.array(z.string()) })),
  'agent.exit': read(z.strictObject({}), z.object({})),
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
    error: z.strictObject({
      code: z.string().regex(/^[A-Z][A-Z0-9_]{0,60}$/),
      failure: z.string(),
      message: z.string(),
      hint: z.string().optional(),
    }),
  }),
  /** A line for the person who waits. */
  z.strictObject({ id: z.int(), progress: z.string() }),
]);
export type ReplyFrame = z.infer<typeof replyFrame>;

import { z } from 'zod';

const about = { time: z.string(), host: z.string() };
const names = z.array(z.string()).readonly();
/** `ready`: an image that is used when it is needed. `blocked`: `reason` tells by what. `absent`: its image is not there. */
const platformPart = z.strictObject({
  name: z.string(),
  state: z.enum(['running', 'starting', 'blocked', 'ready', 'absent']),
  reason: z.string(),
});
const resource = z.strictObject({ type: z.string(), id: z.string(), detail: z.string() });

/**
 * Everything that the installer tells while it works: `--json` prints one of these per line, and the terminal's reporters draw them. Fields
 * are only ever added. docs/json-events.md describes them and is tested against this.
 */
export const progressEvent = z.discriminatedUnion('event', [
  /** A command begins on a host. */
  z.strictObject({ event: z.literal('started'), ...about, command: z.string(), dryRun: z.boolean() }),
  /** One preflight check. */
  z.strictObject({
    event: z.literal('finding'),
    ...about,
    check: z.string(),
    level: z.enum(['ok', 'warning', 'failure']),
    message: z.string(),
    hint: z.string().optional(),
  }),
  z.strictObject({
    event: z.literal('phase'),
    ...about,
    phase: z.string(),
    title: z.string(),
    /** `unchanged`: what it makes was there already. `skipped`: this host does not need it. */
    state: z.enum(['running', 'done', 'unchanged', 'skipped', 'failed']),
    seconds: z.number(),
  }),
  /** The server is changed now; in a dry run: would be. */
  z.strictObject({ event: z.literal('change'), ...about, phase: z.string(), description: z.string() }),
  /** A line of something that takes long. */
  z.strictObject({ event: z.literal('progress'), ...about, phase: z.string(), message: z.string() }),
  z.strictObject({ event: z.literal('note'), ...about, message: z.string() }),
  z.strictObject({ event: z.literal('warning'), ...about, message: z.string() }),
  /** One change of an earlier run was taken back, or kept for a reason. */
  z.strictObject({
    event: z.literal('undo'),
    ...about,
    description: z.string(),
    outcome: z.enum(['undone', 'kept']),
    message: z.string(),
  }),
  /** The command ended well. */
  z.strictObject({
    event: z.literal('result'),
    ...about,
    command: z.string(),
    outcome: z.enum([
      'installed',
      'unchanged',
      'planned',
      'checked',
      'uninstalled',
      'partly-uninstalled',
      'absent',
      'upgraded',
      'started',
      'stopped',
      'restarted',
      'merged',
    ]),
    seconds: z.number(),
    changes: z.int(),
    api: z.string().optional(),
    kubeconfig: z.string().optional(),
    /** After an installation or an upgrade: `0.2.0 (3f6c01b2a9d4)`; before an upgrade. */
    version: z.string().optional(),
    versionBefore: z.string().optional(),
    /** Whether applications can be made there: all that they need was brought along. */
    applications: z.boolean().optional(),
    /** Of `kubeconfig`: the context that kubectl finds the server by. */
    context: z.string().optional(),
  }),
  /** A line of a log on the server. */
  z.strictObject({ event: z.literal('log'), ...about, line: z.string() }),
  /** What `status` found. */
  z.strictObject({
    event: z.literal('status'),
    ...about,
    installed: z.boolean(),
    platform: z.enum(['ready', 'starting', 'stopped', 'absent']),
    reason: z.string(),
    api: z.string(),
    kubeconfig: z.string(),
    docker: z.string(),
    supervisor: z.enum(['systemd', 'oo-install', 'none']),
    /** `0.1.0 (3f6c01b2a9d4)`: of package.json, and the beginning of the bundle's hash. */
    version: z.string(),
    /** Whether that is the version of the oo-install that asks. */
    isCurrent: z.boolean(),
    /** An upgrade that was cut off, in words, or empty. */
    upgrade: z.string(),
    /** Running pods; absent where the platform does not answer. */
    pods: z.int().optional(),
    /** The registry, the router, and the other images of the platform's own; absent where the platform does not answer. */
    parts: z.array(platformPart).optional(),
    /** Certificates that end within 30 days. */
    certificates: z.array(z.strictObject({ name: z.string(), expires: z.string(), days: z.int() })),
    changes: z.array(z.string()),
  }),
  /** A line of progress of a lab: of a host, a stack or another resource as `host`, or of the lab as a whole. */
  z.strictObject({ event: z.literal('lab'), ...about, state: z.enum(['running', 'done', 'failed']), message: z.string() }),
  /** What `lab up` is going to do. */
  z.strictObject({
    event: z.literal('lab-plan'),
    ...about,
    lab: z.string(),
    provider: z.enum(['local', 'aws']),
    where: z.string(),
    resources: z.array(z.strictObject({ what: z.string(), count: z.int() })).readonly(),
    hosts: z.strictObject({ create: names, keep: names, replace: names, remove: names }),
    /** Absent where it costs nothing. */
    cost: z.strictObject({ perHour: z.number(), inAll: z.number(), currency: z.literal('USD'), pricesOf: z.string() }).optional(),
    problems: names,
    notes: names,
  }),
  /** What `lab status` found. */
  z.strictObject({
    event: z.literal('lab-status'),
    ...about,
    lab: z.string(),
    provider: z.enum(['local', 'aws']),
    expires: z.string(),
    /** How many hosts are. */
    healthy: z.int(),
    hosts: z.array(
      z.strictObject({
        host: z.string(),
        attendee: z.string(),
        state: z.enum(['missing', 'pending', 'running', 'stopping', 'stopped', 'terminated']),
        /** What became of cloud-init. */
        boot: z.enum(['unknown', 'running', 'done', 'failed']),
        platform: z.enum(['ready', 'starting', 'stopped', 'absent', 'unknown']),
        healthy: z.boolean(),
        reason: z.string(),
        ssh: z.string().optional(),
        api: z.string().optional(),
      }),
    ),
  }),
  /** What `lab down` is going to take away. */
  z.strictObject({ event: z.literal('lab-remains'), ...about, lab: z.string(), resources: z.array(resource) }),
  /** What was found after `lab down` took a lab away. */
  z.strictObject({
    event: z.literal('lab-audit'),
    ...about,
    lab: z.string(),
    clean: z.boolean(),
    /** Types of resources that were asked for. */
    asked: names,
    left: z.array(resource),
    /** Questions that were not answered. */
    errors: z.array(z.strictObject({ type: z.string(), message: z.string() })),
    /** Files of the report. */
    report: names,
  }),
  /** What `lab janitor` found, or left. */
  z.strictObject({
    event: z.literal('lab-janitor'),
    ...about,
    where: z.string(),
    present: z.boolean(),
    /** Of its stack, where there is one. */
    status: z.string(),
    /** Whom it tells by e-mail; empty: nobody. */
    notify: z.string(),
    /** What is there of a janitor that is not present. */
    left: z.array(resource).readonly(),
  }),
  z.strictObject({
    event: z.literal('failed'),
    ...about,
    /** Never changes; scripts match on it. */
    code: z.string(),
    failure: z.string(),
    exitCode: z.int(),
    message: z.string(),
    hint: z.string().optional(),
  }),
  /** The last event of a run on several hosts: what became of each. */
  z.strictObject({
    event: z.literal('summary'),
    ...about,
    command: z.string(),
    seconds: z.number(),
    succeeded: z.int(),
    failed: z.int(),
    exitCode: z.int(),
    hosts: z.array(
      z.strictObject({
        host: z.string(),
        /** That of its result, the platform's state for `status`, or else done, failed or interrupted. */
        outcome: z.string(),
        seconds: z.number(),
        changes: z.int(),
        exitCode: z.int(),
        api: z.string().optional(),
        /** For `status`. */
        version: z.string().optional(),
        pods: z.int().optional(),
        context: z.string().optional(),
        kubeconfig: z.string().optional(),
        code: z.string().optional(),
        failure: z.string().optional(),
      }),
    ),
  }),
]);
export type ProgressEvent = z.infer<typeof progressEvent>;

/** An event before its time is known. */
export type EventBody = ProgressEvent extends infer E ? (E extends ProgressEvent ? Omit<E, 'time'> : never) : never;

/** Where everything that the installer tells goes. Nothing else writes to the terminal. */
export interface Reporter {
  /** The phases that will run, in their order, before the first of them does. */
  plan(host: string, phases: readonly { readonly name: string; readonly title: string }[]): void;
  report(event: EventBody): void;
  /** Clears away what is drawn while a question is asked; `resume` draws it again. */
  pause?(): void;
  resume?(): void;
  /** Prints a line of the program itself at once, above what is drawn. @default on standard error */
  aside?(text: string): void;
  /** After the last event: what was drawn stays. */
  close(): Promise<void>;
}

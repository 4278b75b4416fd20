import type { LabState, StateChange } from './state/lab-state.ts';
import type { Lab } from '../config/lab-schema.ts';

/** A lab that has been looked at: what lab.yaml wants, and what is remembered of it on this machine. */
export interface LabContext {
  readonly lab: Lab;
  /** As it is now: what was remembered meanwhile is in it. */
  readonly state: LabState;
  /** Keeps what `change` answers, given the state so far; on the disk when it resolves. Refused where a command only looks. */
  readonly remember: (change: (state: LabState) => StateChange) => Promise<LabState>;
  /** Whether hosts of a local lab may be published on an address that others reach: `--expose`. @default false */
  readonly expose?: boolean;
  /** What is being done, for whoever waits. */
  readonly report: (event: LabEvent) => void;
  /** Aborts when the person who waits presses Ctrl-C: what is begun is left so that the same command goes on with it. */
  readonly signal: AbortSignal;
}

/** A line of progress: of one host, of a stack, or of the lab as a whole. */
export interface LabEvent {
  /** Host, stack or other resource; empty: the lab. */
  readonly subject: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly message: string;
}

export type HostState = 'missing' | 'pending' | 'running' | 'stopping' | 'stopped' | 'terminated';

/** A host of a lab as its provider finds it: asked anew, never remembered. */
export interface LabHost {
  /** `ana-1` */
  readonly name: string;
  readonly attendee: string;
  readonly state: HostState;
  /** Instance id, or container id. */
  readonly id: string | undefined;
  /** Where oo-install reaches sshd. */
  readonly ssh: { readonly address: string; readonly port: number } | undefined;
  /** Where an attendee's browser and kubectl reach it; ports differ from the platform's own where the provider maps them. */
  readonly public: { readonly address: string; readonly sshPort: number; readonly apiPort: number } | undefined;
  /** SHA256 fingerprints that the host itself published, out of band; empty until it has. */
  readonly hostKeys: readonly string[];
  /** What cloud-init did, as far as it can be told from outside. */
  readonly boot: 'unknown' | 'running' | 'done' | 'failed';
}

/** What `lab plan` tells before anything is made. */
export interface LabPlan {
  readonly provider: 'aws' | 'local';
  /** `account 123456789012 in eu-central-1`, or this machine. Confirmed before the first change. */
  readonly where: string;
  /** Rows of what will be made, counted. */
  readonly resources: readonly { readonly what: string; readonly count: number }[];
  /** Hosts to be made, kept, replaced and taken away. */
  readonly hosts: {
    readonly create: readonly string[];
    readonly keep: readonly string[];
    readonly replace: readonly string[];
    readonly remove: readonly string[];
  };
  /** undefined: it costs nothing. */
  readonly cost:
    { readonly perHour: number; readonly inAll: number; readonly currency: 'USD'; readonly pricesOf: string } | undefined;
  /** What stands in the way, each with the way out: a quota, too little memory. `up` refuses while there are any. */
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** One thing that was found at the end, or taken away. */
export interface LabResource {
  /** `volume`, `security group`, `container` */
  readonly type: string;
  readonly id: string;
  readonly detail: string;
}

/** For whom access to the provider itself is wanted. */
export interface AccessWanted {
  readonly attendees: readonly string[];
  /** Whether links that log a browser in are wanted too. */
  readonly console: boolean;
}

/** Temporary access to the provider itself for one attendee, bounded to their own hosts. Secrets of that attendee: they go into the handout, and nowhere else. */
export interface ProviderAccess {
  readonly attendee: string;
  /** By which programs have it: `AWS_ACCESS_KEY_ID` and so on. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it is: `arn:aws:iam::123456789012:role/oo-lab-demo-ana-01234567`. */
  readonly role: string;
  /** ISO 8601 in UTC. */
  readonly expires: string;
  /** A link that logs a browser in, and until when it may be opened. */
  readonly console?: { readonly url: string; readonly until: string };
  /** What was wanted and could not be had, and why. */
  readonly note?: string;
}

/** What `lab down` proves: made by code that shares nothing with what took things away. */
export interface LabAudit {
  readonly clean: boolean;
  /** Every type that was asked for, with what is left of it. */
  readonly asked: readonly { readonly type: string; readonly left: readonly LabResource[] }[];
  /** Questions that were not answered: such an audit is never clean. */
  readonly errors: readonly { readonly type: string; readonly message: string }[];
}

/** What takes labs away whose time is over, as it is now: one for all labs of a place, whoever put them up. */
export interface JanitorState {
  /** `account 123456789012 in eu-central-1` */
  readonly where: string;
  readonly present: boolean;
  /** Of its stack; empty where there is none. */
  readonly status: string;
  /** Whom it tells by e-mail; empty: nobody. */
  readonly notify: string;
  /** What is there of one that is not present. */
  readonly left: readonly LabResource[];
}

export interface JanitorContext extends Pick<LabContext, 'report' | 'signal'> {
  /** undefined: that of the environment or the profile. */
  readonly region: string | undefined;
}

export interface LabJanitor {
  /** Changes nothing. */
  look(context: JanitorContext): Promise<JanitorState>;
  /** Makes it, or brings it to this version's. @param notify whom it tells by e-mail. @default whom it tells already */
  deploy(context: JanitorContext, notify: string | undefined): Promise<JanitorState>;
  /** Takes it away with all that is its own. */
  remove(context: JanitorContext): Promise<JanitorState>;
}

/** Where a lab's hosts come from. Each method may be called again after it was cut off anywhere. */
export interface LabProvider {
  readonly name: 'aws' | 'local';
  /** Changes nothing. */
  plan(context: LabContext): Promise<LabPlan>;
  /** Makes what is missing, replaces what was taken away by hand, takes away what lab.yaml no longer wants; ends when all hosts run and publish their keys. */
  up(context: LabContext): Promise<readonly LabHost[]>;
  /** All hosts that lab.yaml wants (missing ones too), and those that it no longer wants. */
  hosts(context: LabContext): Promise<readonly LabHost[]>;
  start(context: LabContext): Promise<void>;
  stop(context: LabContext): Promise<void>;
  /** Moves the end of the lab. */
  extend(context: LabContext, expires: Date): Promise<void>;
  /** Access to the provider itself, asked for anew each time. Absent where a provider has none to give. */
  access?(context: LabContext, wanted: AccessWanted): Promise<readonly ProviderAccess[]>;
  /** What down would take away. Changes nothing. */
  remains(context: LabContext): Promise<readonly LabResource[]>;
  down(context: LabContext): Promise<void>;
  audit(context: LabContext): Promise<LabAudit>;
  /** Absent where nothing is deleted behind anybody's back. */
  readonly janitor?: LabJanitor;
}

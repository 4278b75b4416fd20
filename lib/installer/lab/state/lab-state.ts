import { z } from 'zod';
import type { Lab } from '../../config/lab-schema.ts';

/** 50 attendees to a cohort: what fits into one stack of hosts. */
export const cohortSize = 50;

const key = z.strictObject({
  /** Of OpenSSH's format, on one line. */
  publicKey: z.string(),
  /** Path of the private half; absent where the attendee brought a key of their own. */
  privateKeyFile: z.string().optional(),
});
const attendee = z.strictObject({
  name: z.string(),
  /** Which stack of hosts, from 0. Never changed, so that nobody's hosts move when others come and go. */
  cohort: z.int().min(0),
  key,
});

/**
 * What is remembered of a lab on the operator's machine, in `$XDG_STATE_HOME/oo-install/labs/NAME` (0700): what cannot be asked for
 * again. What hosts there are is never remembered: the provider is asked.
 */
export const labState = z.strictObject({
  version: z.literal(1),
  name: z.string(),
  /** 12 hexadecimal digits, made with the state: tells this lab from another of the same name. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  /** The folder of the state: private keys are in `keys/`, 0600. */
  folder: z.string(),
  provider: z.enum(['local', 'aws']),
  /** ISO 8601 in UTC. */
  created: z.string(),
  expires: z.string(),
  /** The end as user data tells it: that of the first `lab up`. It never moves, since a host with other user data is another host. */
  firstExpires: z.string(),
  /** What `lab up` last wanted: every command but it and `lab plan` goes by that, whatever has become of lab.yaml. */
  lab: z.custom<Lab>((value) => typeof value === 'object' && value !== null && 'attendees' in value, 'is no lab'),
  /** By which oo-install logs in. */
  operator: key,
  /** In the order in which they were first seen; one that lab.yaml no longer names keeps its place until it comes back. */
  attendees: z.array(attendee),
  /** Pinned at first deploy. */
  aws: z
    .strictObject({
      account: z.string(),
      region: z.string(),
      imageId: z.string(),
      rootDevice: z.string(),
      /** Whom lab.yaml did not name and who is let in: this machine at the last `lab up`. Empty where lab.yaml names all. */
      operatorRange: z.string(),
      /** The sha256 of what hosts install themselves from, as `lab up` last made it. Absent where oo-install installs over SSH. */
      archive: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
    })
    .optional(),
  /** How often each host was replaced, by its name: for providers whose templates must say so. */
  generations: z.record(z.string(), z.int().min(0)),
  /** What each host showed first: SHA256 fingerprints, by the id that its provider gives it. */
  hostKeys: z.record(z.string(), z.array(z.string()).readonly()),
});
type Frozen<T> = { readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? readonly Frozen<E>[] : T[K] };
export type LabState = Frozen<z.infer<typeof labState>>;
export type AttendeeState = Frozen<z.infer<typeof attendee>>;

/** What is found out while a lab is worked on, and kept. */
export type StateChange = Partial<Pick<LabState, 'aws' | 'generations' | 'hostKeys' | 'expires' | 'lab'>>;

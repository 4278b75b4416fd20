/**
 * What is remembered of a lab on the operator's machine, in `$XDG_STATE_HOME/oo-install/labs/NAME` (0700): what cannot be asked for
 * again. What hosts there are is never remembered: the provider is asked.
 */
export interface LabState {
  readonly name: string;
  /** 12 hexadecimal digits, made with the state: tells this lab from another of the same name. */
  readonly id: string;
  /** The folder of the state: private keys are in `keys/`, 0600. */
  readonly folder: string;
  readonly provider: 'local' | 'aws';
  /** ISO 8601 in UTC. */
  readonly created: string;
  readonly expires: string;
  /** By which oo-install logs in. */
  readonly operator: LabKey;
  /** In the order in which they were first seen; one that lab.yaml no longer names keeps its place until it comes back. */
  readonly attendees: readonly AttendeeState[];
  /** Pinned at first deploy. */
  readonly aws?:
    { readonly account: string; readonly region: string; readonly imageId: string; readonly rootDevice: string } | undefined;
  /** What each host showed first: SHA256 fingerprints, by the id that its provider gives it. */
  readonly hostKeys: Readonly<Record<string, readonly string[]>>;
}

export interface AttendeeState {
  readonly name: string;
  /** Which stack of hosts, from 0: 50 attendees each. Never changed, so that nobody's hosts move when others come and go. */
  readonly cohort: number;
  readonly key: LabKey;
}

export interface LabKey {
  /** Of OpenSSH's format. */
  readonly publicKey: string;
  /** Path of the private half; undefined where the attendee brought a key of their own. */
  readonly privateKeyFile: string | undefined;
}

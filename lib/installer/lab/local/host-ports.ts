import { hostName } from '../../../stacks/lab-definition.ts';
import { portsBetweenHosts } from '../../config/lab-file.ts';
import type { Lab } from '../../config/lab-schema.ts';
import type { LabState } from '../state/lab-state.ts';
import { localErrors } from './local-errors.ts';

/** A host that lab.yaml wants, and where it is published. */
export interface WantedHost {
  /** `ana-1` */
  readonly name: string;
  readonly attendee: string;
  readonly publicKey: string;
  readonly sshPort: number;
  readonly apiPort: number;
  /** Its place in the lab's network, from 0: it keeps its address whatever is stopped, started and made anew. */
  readonly place: number;
}

/** Hosts that one attendee may have (config/lab-schema.ts). */
const mostHosts = 10;
/** Attendees that one lab may ever have had: two ports each in a row. */
const places = portsBetweenHosts / 2;

/**
 * The hosts that lab.yaml wants, with their ports: two for each, by the attendee's place in the state, so that they never move when others
 * come and go and a printed handout stays true. First hosts begin at `firstPort`, second ones `portsBetweenHosts` later, and so on.
 */
export function wantedHosts(lab: Lab, state: Pick<LabState, 'attendees'>): readonly WantedHost[] {
  return lab.attendees.flatMap(({ name }) => {
    const place = state.attendees.findIndex((known) => known.name === name);
    const known = state.attendees[place];
    if (known === undefined) throw localErrors.LAB_ATTENDEE_UNKNOWN(name);
    return Array.from({ length: lab.hostsPerAttendee }, (_, index) => {
      const sshPort = lab.local.firstPort + index * portsBetweenHosts + place * 2;
      return {
        name: hostName(name, index + 1),
        attendee: name,
        publicKey: known.key.publicKey,
        sshPort,
        apiPort: sshPort + 1,
        place: place * mostHosts + index,
      };
    });
  });
}

/** What is wrong with the ports as such, in words; nothing when they can be used. */
export function portProblems(lab: Lab, state: Pick<LabState, 'attendees'>): readonly string[] {
  const problems: string[] = [];
  if (state.attendees.length > places)
    problems.push(`more than ${places} attendees have been in this lab, and ports are kept for each: begin another lab`);
  const last = Math.max(...wantedHosts(lab, state).map(({ apiPort }) => apiPort));
  if (last > 65_535)
    problems.push(`the ports from ${lab.local.firstPort} on would reach ${last}: choose a lower local.firstPort`);
  return problems;
}

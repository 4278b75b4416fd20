import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';
import type { Notice } from './notices.ts';
import type { TaggedLab } from './tagged-labs.ts';

type Place = Pick<AwsClients, 'region'>;

/** ISO 8601 in UTC; empty where there is none. */
export const endText = ({ expires }: TaggedLab): string => (expires === undefined ? '' : new Date(expires).toISOString());

const placeOf = ({ region }: Place, { name, id }: LabIdentity): string => `The lab ${name} (${id}) in ${region}`;

/** A lab will soon be taken away. */
export function endingNotice(place: Place, lab: TaggedLab): Notice {
  const expires = endText(lab);
  const message = [
    `${placeOf(place, lab.lab)} ends at ${expires}; then it is taken away with everything on its hosts.`,
    `More time: oo-install lab extend 2h --name ${lab.lab.name}`,
  ].join('\n');
  return { about: 'ends soon', expires, message };
}

/** A lab is over, and something of it does not go. */
export function stayingNotice(place: Place, lab: TaggedLab, why: string): Notice {
  const expires = endText(lab);
  const message = [
    `${placeOf(place, lab.lab)} ended at ${expires}, and not all of it goes. It is tried again, and what is left costs until then.`,
    why,
  ].join('\n\n');
  return { about: 'does not go', expires, message };
}

/** A lab has no end that could be read. */
export function endlessNotice(place: Place, lab: LabIdentity): Notice {
  const message = [
    `${placeOf(place, lab)} has no tag oo-install:expires that could be read (such as 2026-11-27T17:00:00Z), so it is never taken away.`,
    `oo-install lab extend gives it an end, oo-install lab down takes it away.`,
  ].join('\n');
  return { about: 'has no end', expires: '', message };
}

/** What is told of a lab that was taken away. */
export const goneText = (place: Place, lab: TaggedLab): string =>
  `${placeOf(place, lab.lab)} ended at ${endText(lab)}. It was taken away, and an audit found nothing left of it.`;

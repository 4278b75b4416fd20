import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Lab } from '../../config/lab-schema.ts';
import { makeKeyPair } from './key-pair.ts';
import { type AttendeeState, cohortSize, type LabState } from './lab-state.ts';

/** A private key that the state names and that is not written yet. */
export interface NewKey {
  readonly file: string;
  readonly publicKey: string;
  readonly privateKey: string;
}

/**
 * The state of a lab as lab.yaml wants it now. Pure but for the random id and keys of those who are new; nothing is written. Who stays keeps key
 * and cohort; who is gone keeps the place until coming back.
 */
export function reconcileState(
  before: LabState | undefined,
  lab: Lab,
  { folder, now }: { readonly folder: string; readonly now: number },
): { readonly state: LabState; readonly newKeys: readonly NewKey[] } {
  const newKeys: NewKey[] = [];
  const made = (who: string) => {
    const file = join(folder, 'keys', who);
    const pair = makeKeyPair(`${who}@${lab.name}`);
    newKeys.push({ file, ...pair });
    return { publicKey: pair.publicKey, privateKeyFile: file };
  };
  const attendees: AttendeeState[] = [...(before?.attendees ?? [])];
  for (const { name, publicKey } of lab.attendees) {
    const index = attendees.findIndex((known) => known.name === name);
    const known = attendees[index];
    const place = known === undefined ? attendees.length : index;
    const isOwn = known?.key.privateKeyFile === undefined;
    const key = publicKey !== undefined ? { publicKey } : known === undefined || isOwn ? made(name) : known.key;
    attendees[place] = { name, cohort: known?.cohort ?? Math.floor(place / cohortSize), key };
  }
  const end = new Date(now + lab.lifetime).toISOString();
  const state: LabState = {
    version: 1,
    name: lab.name,
    id: before?.id ?? randomBytes(6).toString('hex'),
    folder,
    provider: lab.provider,
    created: before?.created ?? new Date(now).toISOString(),
    expires: before?.expires ?? end,
    firstExpires: before?.firstExpires ?? end,
    lab,
    operator: before?.operator ?? made('oo-install'),
    attendees,
    ...(before?.aws === undefined ? {} : { aws: before.aws }),
    generations: before?.generations ?? {},
    hostKeys: before?.hostKeys ?? {},
  };
  return { state, newKeys };
}

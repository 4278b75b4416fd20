import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { defineErrors, errorText } from '../../../common/errors.ts';
import { shellWord } from '../../../stacks/cloud-init/escape.ts';
import type { LabContext, LabHost, ProviderAccess } from '../provider.ts';
import type { AttendeeState } from '../state/lab-state.ts';

/** What an instructor hands out: a sheet for each attendee, from what the provider says now and never from memory. */
export interface Handout {
  readonly lab: string;
  readonly id: string;
  /** ISO 8601 in UTC: after it the logins are closed and the hosts may go. */
  readonly expires: string;
  readonly guides: readonly Guide[];
  readonly sheets: readonly Sheet[];
}

/** What there is to read. */
export interface Guide {
  readonly title: string;
  /** The address of a page, or the path of the copy in the handout's folder. */
  readonly href: string;
  /** The file beside lab.yaml that is copied there; undefined for a page. */
  readonly file: string | undefined;
}

export interface Sheet {
  readonly attendee: string;
  readonly hosts: readonly SheetHost[];
  /** Of OpenSSH's format; undefined where the attendee brought a key of their own. A secret of that attendee. */
  readonly privateKey: string | undefined;
  /** To the provider itself; undefined where the lab gives none. Secrets of that attendee. */
  readonly access: SheetAccess | undefined;
}

/** Access to AWS, as an attendee uses it. */
export interface SheetAccess extends Omit<ProviderAccess, 'attendee' | 'environment'> {
  /** Lines for a POSIX shell that set the variables. */
  readonly exports: string;
}

export interface SheetHost {
  readonly name: string;
  readonly address: string;
  readonly sshPort: number;
  /** `https://203.0.113.7:8443` */
  readonly api: string;
  /** SHA256 fingerprints: what ssh shows at the first login. */
  readonly hostKeys: readonly string[];
}

const handoutErrors = defineErrors({
  HANDOUT_TOO_EARLY: {
    failure: 'platform',
    message: (hosts: readonly string[]) => `${hosts.join(', ')}: no address yet, so there is nothing to hand out`,
    hint: () => 'oo-install lab up finishes what is missing',
  },
  HANDOUT_KEY_UNREADABLE: {
    failure: 'usage',
    message: (attendee: string, why: string) => `the private key of ${attendee} cannot be read: ${why}`,
    hint: () => 'keys are made once, by the machine that ran lab up: run lab handout there',
  },
  HANDOUT_NO_ATTENDEE: {
    failure: 'usage',
    message: (name: string, known: readonly string[]) => `${JSON.stringify(name)} is no attendee; they are ${known.join(', ')}`,
  },
});

/** Whose sheets are wanted: of all attendees, or `only` of one. @throws OoError HANDOUT_NO_ATTENDEE */
export function wantedAttendees({ lab }: Pick<LabContext, 'lab'>, only?: string): readonly string[] {
  const names = lab.attendees.map(({ name }) => name);
  if (only !== undefined && !names.includes(only)) throw handoutErrors.HANDOUT_NO_ATTENDEE(only, names);
  return only === undefined ? names : [only];
}

/** @throws OoError HANDOUT_TOO_EARLY, HANDOUT_KEY_UNREADABLE */
export async function handoutOf(
  { lab, state }: LabContext,
  hosts: readonly LabHost[],
  names: readonly string[],
  access: readonly ProviderAccess[] = [],
): Promise<Handout> {
  const wanted = new Set(names);
  const theirs = hosts.filter(({ attendee }) => wanted.has(attendee));
  const early = theirs.filter((host) => host.public === undefined).map(({ name }) => name);
  if (early.length > 0) throw handoutErrors.HANDOUT_TOO_EARLY(early);
  const attendees = state.attendees.filter(({ name }) => wanted.has(name));
  const inOrder = attendees.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  return {
    lab: lab.name,
    id: state.id,
    expires: state.expires,
    guides: lab.guides.map(guideOf),
    sheets: await Promise.all(
      inOrder.map((attendee) =>
        sheetOf(
          attendee,
          theirs,
          access.find((one) => one.attendee === attendee.name),
        ),
      ),
    ),
  };
}

async function sheetOf(
  { name, key }: AttendeeState,
  hosts: readonly LabHost[],
  access: ProviderAccess | undefined,
): Promise<Sheet> {
  return {
    access: access === undefined ? undefined : sheetAccessOf(access),
    attendee: name,
    hosts: hosts.filter(({ attendee }) => attendee === name).map(sheetHostOf),
    privateKey:
      key.privateKeyFile === undefined
        ? undefined
        : await readFile(key.privateKeyFile, 'utf8').catch((error: unknown) => {
            throw handoutErrors.HANDOUT_KEY_UNREADABLE(name, errorText(error));
          }),
  };
}

function sheetAccessOf({ attendee: _attendee, environment, ...access }: ProviderAccess): SheetAccess {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${shellWord(value)}\n`);
  return { ...access, exports: lines.join('') };
}

function sheetHostOf(host: LabHost): SheetHost {
  const { address, sshPort, apiPort } = host.public!;
  const shown = address.includes(':') ? `[${address}]` : address;
  return { name: host.name, address, sshPort, api: `https://${shown}:${apiPort}`, hostKeys: host.hostKeys };
}

function guideOf(guide: string): Guide {
  if (/^https?:\/\//.test(guide)) return { title: guide.replace(/^https?:\/\//, ''), href: guide, file: undefined };
  return { title: basename(guide), href: `guides/${encodeURIComponent(basename(guide))}`, file: guide };
}

/** The words that an attendee types, one for one; `key`: the name under which the key was saved. */
export function loginCommand({ attendee }: Pick<Sheet, 'attendee'>, host: SheetHost, key: string | undefined): readonly string[] {
  return [
    'ssh',
    ...(key === undefined ? [] : ['-i', key]),
    ...(host.sshPort === 22 ? [] : ['-p', String(host.sshPort)]),
    `${attendee}@${host.address}`,
  ];
}

/** `ana.key`: how a private key is called in the handout. */
export function keyFileOf(sheet: Sheet): string | undefined {
  return sheet.privateKey === undefined ? undefined : `${sheet.attendee}.key`;
}

/** `ana.aws`: how the file of an attendee's access is called in the handout. */
export function accessFileOf({ attendee, access }: Pick<Sheet, 'attendee' | 'access'>): string | undefined {
  return access === undefined ? undefined : `${attendee}.aws`;
}

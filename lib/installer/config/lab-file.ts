import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { cidrsOverlap, parseCidr } from '../../common/cidr.ts';
import { errorText } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';
import { labFileErrors } from './lab-file-errors.ts';
import { isPage, type Lab, type LabFile, labSchema, withDefaults } from './lab-schema.ts';
import { namedTwice, type Objection, parseYaml, pathsBeside } from './yaml-file.ts';

/** The handout's page with all sheets; each attendee has one of their own beside it. */
const pageOfAll = 'index';

/** Reads lab.yaml. @throws OoError LAB_FILE_UNREADABLE, LAB_FILE_INVALID with the line and the path of each problem */
export async function readLabFile(file: string): Promise<Lab> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw labFileErrors.LAB_FILE_UNREADABLE(file, errorText(error));
  });
  return parseLab(content, file);
}

/** The text of a lab file. `file` is for messages. Throws an OoError with every problem and its line. */
export function parseLab(content: string, file: string): Lab {
  const { data, problems } = parseYaml(content, file, labSchema, (lab) => [
    ...namedTwice(
      attendeesOf(lab).map(({ name }) => name),
      'attendees',
    ),
    ...attendeesOf(lab).flatMap(({ name }, index) =>
      name === pageOfAll ? [{ path: ['attendees', index], text: `${name} is the name of the handout's page for all` }] : [],
    ),
    ...portProblems(lab),
    ...rangeProblems(lab),
    ...networkProblems(lab),
    ...guideProblems(lab, file),
  ]);
  if (data === undefined) throw labFileErrors.LAB_FILE_INVALID(problems);
  return withDefaults(data, pathsBeside(file));
}

const attendeesOf = ({ attendees }: LabFile) => (typeof attendees === 'number' ? [] : attendees);

/** Of an attendee's hosts the first take their ports from `firstPort` on, the second ones a thousand further up, and so on. */
export const portsBetweenHosts = 1_000;
/** Of sshd, the kubelet and the node ports of services, which every host has. */
const taken = (port: number) => port === 22 || port === 53 || port === 10_250 || (port >= 30_000 && port <= 32_767);

function portProblems(lab: LabFile): readonly Objection[] {
  const { local, settings, hostsPerAttendee = 1 } = lab;
  const attendees = typeof lab.attendees === 'number' ? lab.attendees : lab.attendees.length;
  const first = local?.firstPort ?? 20_000;
  const last = first + (hostsPerAttendee - 1) * portsBetweenHosts + attendees * 2 - 1;
  const port = settings?.port;
  return [
    ...(last > 65_535
      ? [{ path: ['local', 'firstPort'], text: `${first} is too high: the ports of all hosts would reach ${last}, beyond 65535` }]
      : []),
    ...(port !== undefined && taken(port)
      ? [{ path: ['settings', 'port'], text: `${port} is taken on every host (ssh, DNS, the kubelet or node ports)` }]
      : []),
  ];
}

/** AWS takes the same range once; one within another says something else than its writer thinks. */
function rangeProblems({ access = {} }: LabFile): readonly Objection[] {
  return (['ssh', 'api', 'apps'] as const).flatMap((name) => {
    const ranges = access[name] ?? [];
    return ranges.flatMap((range, index) => {
      const other = ranges.slice(0, index).find((above) => cidrsOverlap(parseCidr(above)!, parseCidr(range)!));
      return other === undefined ? [] : [{ path: ['access', name, index], text: `${range} overlaps ${other} above` }];
    });
  });
}

/** Networks that every host has for itself. */
const ofEveryHost = { pods: '10.128.0.0/14', services: '172.30.0.0/16', Docker: '172.17.0.0/16' };

/** AWS has VPCs between /16 and /28. */
function networkProblems(lab: LabFile): readonly Objection[] {
  const range = lab.aws?.cidr;
  if (range === undefined) return [];
  const cidr = parseCidr(range)!;
  const tell = (text: string) => [{ path: ['aws', 'cidr'], text: `${range} ${text}` }];
  if (cidr.bits < 16 || cidr.bits > 28) return tell('is no network of AWS: they are between /16 and /28');
  const clash = Object.entries(ofEveryHost).find(([, other]) => cidrsOverlap(cidr, parseCidr(other)!));
  if (clash !== undefined) return tell(`overlaps the network of ${clash[0]} on every host, ${clash[1]}`);
  return [];
}

function guideProblems({ guides = [] }: LabFile, file: string): readonly Objection[] {
  return guides.flatMap((guide, index) => {
    if (isPage(guide) || statSync(pathsBeside(file)(guide), { throwIfNoEntry: false })?.isFile() === true) return [];
    return [{ path: ['guides', index], text: `${printable(guide)} is no file, nor the address of a page` }];
  });
}

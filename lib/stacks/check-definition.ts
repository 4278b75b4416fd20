import type { z } from 'zod';
import { DOORS } from './constructs/doors.ts';
import { spreadOver } from './constructs/spread.ts';
import { cohortSize, hostNames, type LabDefinition } from './lab-definition.ts';
import { labDefinitionSchema } from './lab-definition-schema.ts';
import { stackErrors } from './stack-errors.ts';

/** Bytes of user data that EC2 takes, before they are base64. */
const userDataLimit = 16_384;
/** CloudFormation takes a template of 1 MB; what is not user data is far less than the rest of it. */
const templateUserData = 900_000;
/** AWS' default for one security group. */
const rulesPerGroup = 60;
/** Addresses of a subnet that AWS keeps. */
const keptAddresses = 5;

/**
 * Everything that would otherwise fail halfway through a deployment, told at once.
 *
 * @param source what the definition is called in what is told
 * @throws LAB_DEFINITION_INVALID with every problem, its path and the wrong value
 */
export function checkDefinition(given: unknown, source: string): LabDefinition {
  const parsed = labDefinitionSchema.safeParse(given);
  const problems = parsed.success
    ? disagreements(parsed.data as LabDefinition)
    : parsed.error.issues.map((issue) => problemText(issue, given));
  if (problems.length > 0) throw stackErrors.LAB_DEFINITION_INVALID(source, problems.slice(0, 20));
  return parsed.data as LabDefinition;
}

function disagreements(lab: LabDefinition): string[] {
  return [...attendeeProblems(lab), ...userDataProblems(lab), ...networkProblems(lab)];
}

function attendeeProblems(lab: LabDefinition): string[] {
  const seen = new Set<string>();
  const size = new Map<number, number>();
  return lab.attendees.flatMap(({ name, cohort }, index) => {
    const twice = seen.has(name) ? [`attendees[${index}].name: ${name} is there twice`] : [];
    seen.add(name);
    size.set(cohort, (size.get(cohort) ?? 0) + 1);
    const full =
      size.get(cohort) === cohortSize + 1 ? [`attendees[${index}].cohort: ${cohort} has more than ${cohortSize} attendees`] : [];
    return [...twice, ...full];
  });
}

function userDataProblems(lab: LabDefinition): string[] {
  const { userData } = lab.host;
  const known = new Set(hostNames(lab));
  const inTemplate = new Map<string, number>();
  for (const { name, cohort } of lab.attendees) {
    for (let number = 1; number <= (lab.hostsPerAttendee ?? 1); number += 1) {
      const template = `${cohort}-${number}`;
      inTemplate.set(template, (inTemplate.get(template) ?? 0) + (userData[`${name}-${number}`]?.length ?? 0));
    }
  }
  return [
    ...[...known].filter((host) => userData[host] === undefined).map((host) => `host.userData: ${host} has none`),
    ...Object.entries(userData).flatMap(([host, data]) => {
      const bytes = Buffer.byteLength(data, 'base64');
      if (!known.has(host)) return [`host.userData: ${host} is no host of this lab`];
      return bytes > userDataLimit
        ? [`host.userData.${host}: ${bytes} bytes are more than the ${userDataLimit} that EC2 takes`]
        : [];
    }),
    ...[...inTemplate].flatMap(([template, bytes]) =>
      bytes > templateUserData ? [`host.userData: ${bytes} bytes of hosts ${template} do not fit into one template`] : [],
    ),
  ];
}

function networkProblems(lab: LabDefinition): string[] {
  const { allow, cidr = '10.90.0.0/16' } = lab.network;
  const rules = (['ssh', 'api', 'apps'] as const).reduce((sum, door) => sum + new Set(allow[door]).size * DOORS[door], 0);
  const room = 2 ** (31 - Number(cidr.split('/')[1])) - keptAddresses;
  const places = hostNames(lab).map((host) => spreadOver(['first', 'second'], host));
  const most = Math.max(...['first', 'second'].map((place) => places.filter((it) => it === place).length));
  return [
    ...(rules > rulesPerGroup ? [`network.allow: ${rules} rules are more than the ${rulesPerGroup} of a security group`] : []),
    ...(most > room
      ? [`network.cidr: ${cidr} has room for ${room} hosts in each of its two subnets, and ${most} come into one`]
      : []),
  ];
}

/** `attendees[2].publicKey: "x" is no public key`. Public keys are no secrets; user data may hold one, and is not shown. */
function problemText(issue: z.core.$ZodIssue, given: unknown): string {
  const path = issue.path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  const at = (value: unknown, key: PropertyKey): unknown =>
    typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  const wrong = issue.path.reduce(at, given);
  const where = path === '' ? '' : `${path}: `;
  if (issue.code === 'unrecognized_keys')
    return `${where}${issue.keys.map((key) => JSON.stringify(key)).join(', ')} means nothing here`;
  if (issue.code === 'invalid_key') return `${where}${issue.issues.map(({ message }) => message).join('; ')}`;
  if (wrong === undefined) return `${where}is missing`;
  if (path.startsWith('host.userData') || typeof wrong === 'object') return `${where}${issue.message}`;
  return `${where}${JSON.stringify(wrong).slice(0, 100)} ${issue.message}`;
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition } from '../../../lib/stacks/check-definition.ts';
import { sampleLab } from '../../support/aws/sample-lab.ts';

const many = (count: number) => Array.from({ length: count }, (_, index) => `a${index + 1}`);

/** What is said of a lab with `path` set to `value`; undefined takes it out. */
function saidOf(path: string, value: unknown, lab: unknown = sampleLab(['ana'])): string {
  const changed = structuredClone(lab) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop()!;
  const holder = keys.reduce((at, key) => at[key] as Record<string, unknown>, changed);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  try {
    checkDefinition(changed, 'lab.json');
    return '';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    assert.equal(code, 'LAB_DEFINITION_INVALID', message);
    return message
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
      .join('\n');
  }
}

test('a sound definition comes back as it was', () => {
  const lab = sampleLab(many(60), { awsAccounts: true, install: 's3', hostsPerAttendee: 2 });
  assert.deepEqual(checkDefinition(lab, 'lab.json'), lab);
});

for (const [path, value, said] of [
  ['name', 'Demo_1', 'name: "Demo_1" is no DNS label of at most 20 characters'],
  ['name', undefined, 'name: is missing'],
  ['id', '0123', 'id: "0123" is no id of 12 hexadecimal digits'],
  ['region', 'mars', 'region: "mars" is no region such as eu-central-1'],
  ['regoin', 'eu-central-1', '"regoin" means nothing here'],
  ['expires', 'tomorrow', 'expires: "tomorrow" is no time in UTC such as 2026-11-27T17:00:00Z'],
  ['expires', '2026-11-31T25:00:00Z', 'expires: "2026-11-31T25:00:00Z" is no time in UTC such as 2026-11-27T17:00:00Z'],
  ['attendees', [], 'attendees: names nobody'],
  ['attendees.0.name', 'a; rm -rf /', 'attendees[0].name: "a; rm -rf /" is no DNS label of at most 24 characters'],
  ['attendees.0.publicKey', 'ssh-ed25519 A\nB', 'attendees[0].publicKey: "ssh-ed25519 A\\nB" is no public key of OpenSSH'],
  ['attendees.0.cohort', -1, 'attendees[0].cohort: -1 is no number of a cohort, from 0'],
  ['network.cidr', '10.90.0.0/8', 'network.cidr: "10.90.0.0/8" is no IPv4 range of a VPC, from /16 to /27'],
  ['network.cidr', '10.90.1.0/16', 'network.cidr: "10.90.1.0/16" is no IPv4 range of a VPC, from /16 to /27'],
  ['network.allow.ssh', ['203.0.113.7'], 'network.allow.ssh[0]: "203.0.113.7" is no IPv4 range such as 203.0.113.0/24'],
  ['host.imageId', 'ami-latest', 'host.imageId: "ami-latest" is no AMI such as ami-0123456789abcdef0'],
  ['host.rootDevice', '/dev/sdf', 'host.rootDevice: "/dev/sdf" is no root device such as /dev/xvda'],
  ['host.rootDisk', '20', 'host.rootDisk: "20" is no size from 8 to 1000 GiB'],
  ['host.userData.ana-1', undefined, 'host.userData: ana-1 has none'],
  ['host.userData.bo-1', 'aGk=', 'host.userData: bo-1 is no host of this lab'],
  ['host.userData.ana-1', 'pass word', 'host.userData.ana-1: is not in base64'],
  ['host.generations', { 'ana-1': -1 }, 'host.generations.ana-1: -1 is no number from 0'],
  ['install', 'ftp', 'install: "ftp" is neither ssh nor s3'],
] as const) {
  test(`${path} ${JSON.stringify(value)?.slice(0, 40) ?? 'left out'}: ${said}`, () => assert.equal(saidOf(path, value), said));
}

test('nobody is there twice, and no cohort is larger than a template can hold', () => {
  const lab = sampleLab(many(51));
  const together = { ...lab, attendees: lab.attendees.map((attendee) => ({ ...attendee, cohort: 0 })) };
  assert.equal(saidOf('attendees', together.attendees, lab), 'attendees[50].cohort: 0 has more than 50 attendees');
  const [first] = lab.attendees;
  assert.equal(saidOf('attendees', [first, first], sampleLab(['a1'])), 'attendees[1].name: a1 is there twice');
});

test('user data that EC2 or CloudFormation would refuse is refused here, and never shown', () => {
  const secret = Buffer.alloc(16_385, 'secret').toString('base64');
  assert.equal(saidOf('host.userData.ana-1', secret), 'host.userData.ana-1: 16385 bytes are more than the 16384 that EC2 takes');
  const lab = sampleLab(many(50));
  const large = Buffer.alloc(16_000).toString('base64');
  const said = saidOf('host.userData', Object.fromEntries(Object.keys(lab.host.userData).map((host) => [host, large])), lab);
  assert.match(said, /^host\.userData: \d+ bytes of hosts 0-1 do not fit into one template$/);
});

test('more ranges than a security group has rules for, and more hosts than the network has addresses for', () => {
  const apps = Array.from({ length: 21 }, (_, index) => `10.0.${index}.0/24`);
  assert.equal(saidOf('network.allow.apps', apps), 'network.allow: 65 rules are more than the 60 of a security group');
  assert.match(
    saidOf('network.cidr', '10.0.0.0/27', sampleLab(many(40))),
    /^network\.cidr: 10\.0\.0\.0\/27 has room for 11 hosts in each of its two subnets, and \d+ come into one$/,
  );
});

test('what is no object at all is told too', () => {
  for (const given of [undefined, null, 'lab', [], 7]) {
    assert.throws(() => checkDefinition(given, 'lab.json'), {
      code: 'LAB_DEFINITION_INVALID',
      message: /^lab\.json is no definition/,
    });
  }
});

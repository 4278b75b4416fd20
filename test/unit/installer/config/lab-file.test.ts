import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OoError } from '../../../../lib/common/errors.ts';
import { parseLab } from '../../../../lib/installer/config/lab-file.ts';

function problems(content: string): string[] {
  try {
    parseLab(content, 'lab.yaml');
  } catch (error) {
    assert.equal((error as OoError).code, 'LAB_FILE_INVALID', String(error));
    return (error as OoError).message.split('\n');
  }
  return assert.fail('it was taken');
}

test('a lab of two lines has every default in its place', () => {
  const lab = parseLab('name: class\nattendees: 2\n', '/site/lab.yaml');
  assert.deepEqual(
    lab.attendees.map(({ name }) => name),
    ['a1', 'a2'],
  );
  assert.deepEqual([lab.provider, lab.hostsPerAttendee, lab.lifetime, lab.settings.port], ['local', 1, 8 * 3_600_000, 8443]);
  assert.equal(lab.local.listen, '127.0.0.1');
  assert.deepEqual(lab.settings.images, []);
});

test('guides are files beside the file, or pages', () => {
  const file = import.meta.filename;
  const lab = parseLab(`name: class\nattendees: 1\nguides: [lab-file.test.ts, "https://example.com/a"]\n`, file);
  assert.deepEqual(lab.guides, [file, 'https://example.com/a']);
  assert.deepEqual(problems('name: class\nattendees: 1\nguides: [gone.md]'), [
    'lab.yaml:3: guides[0]: gone.md is no file, nor the address of a page',
  ]);
});

test('every problem is told at once, with its line, its path and its value', () => {
  const told = problems(`name: Class
provider: azure
attendees:
  - ana
  - { name: root }
  - { name: ben, publicKeys: x }
  - "x; rm -rf /"
  - 7
lifetime: 29d
access: { ssh: [10.0.0.1/8] }
aws: { regin: eu-central-1 }
local: { firstPort: 80 }
settings: { port: 0, images: [routers] }
`);
  assert.deepEqual(told, [
    'lab.yaml:1: name: "Class" is no name of lower-case letters, digits and -, at most 20',
    'lab.yaml:2: provider: "azure" is neither local nor aws',
    'lab.yaml:5: attendees[1].name: "root" is no login name of lower-case letters, digits and - that begins with a letter, at most 24, and none that hosts have already',
    'lab.yaml:6: attendees[2].publicKeys: unknown key; did you mean publicKey?',
    'lab.yaml:7: attendees[3]: "x; rm -rf /" is no login name of lower-case letters, digits and - that begins with a letter, at most 24, and none that hosts have already',
    'lab.yaml:8: attendees[4]: 7 is no mapping of keys',
    'lab.yaml:9: lifetime: "29d" is no time such as 90m, 8h or 3d, at most 28d',
    'lab.yaml:10: access.ssh: this list is no list of IPv4 ranges such as 203.0.113.0/24',
    'lab.yaml:11: aws.regin: unknown key; did you mean region?',
    'lab.yaml:12: local.firstPort: 80 is no port from 1024 to 60000',
    'lab.yaml:13: settings.port: 0 is not a port from 1 to 65535',
    'lab.yaml:13: settings.images: this list is no list of registry, router, builder, nodejs, python, php, static; [] is none',
  ]);
  assert.match(problems('name: class\nattendees: many')[0]!, /"many" is neither a number from 1 to 500 nor a list of names/);
  assert.match(problems('name: class\nattendees: []')[0]!, /names nobody/);
  assert.match(problems('name: class\nattendees: 501')[0]!, /501 is neither/);
  assert.match(problems('')[0]!, /name: missing/);
});

test('values that do not go together are told', () => {
  const told = problems(`name: class
attendees: [ana, ben, ana, index]
hostsPerAttendee: 6
access:
  ssh: [203.0.113.0/24, 203.0.113.7/32]
aws: { cidr: 172.16.0.0/12 }
local: { firstPort: 60000 }
settings: { port: 10250 }
`);
  assert.deepEqual(told, [
    'lab.yaml:2: attendees[2]: ana is named above already',
    "lab.yaml:2: attendees[3]: index is the name of the handout's page for all",
    'lab.yaml:5: access.ssh[1]: 203.0.113.7/32 overlaps 203.0.113.0/24 above',
    'lab.yaml:6: aws.cidr: 172.16.0.0/12 is no network of AWS: they are between /16 and /28',
    'lab.yaml:8: settings.port: 10250 is taken on every host (ssh, DNS, the kubelet or node ports)',
  ]);
  assert.match(
    problems('name: c\nattendees: 1\naws: { cidr: 172.30.0.0/16 }')[0]!,
    /overlaps the network of services on every host/,
  );
  assert.match(
    problems('name: c\nattendees: 300\nhostsPerAttendee: 7\nlocal: { firstPort: 59000 }')[0]!,
    /firstPort: 59000 is too high: the ports of all hosts would reach 65599, beyond 65535/,
  );
});

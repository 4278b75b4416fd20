import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labApp } from '../../../lib/stacks/lab-app.ts';
import type { LabDefinition } from '../../../lib/stacks/lab-definition.ts';
import { propertiesOf, sampleLab, type SynthesisedTemplate, tagsOf, templatesOf } from '../../support/aws/sample-lab.ts';

const hostsOf = (lab: LabDefinition, stack = 'oo-lab-demo-hosts-0') => templatesOf(labApp(lab)).get(stack);
const launchData = (template: SynthesisedTemplate | undefined) =>
  propertiesOf(template, 'AWS::EC2::LaunchTemplate').map(({ LaunchTemplateData }) => LaunchTemplateData);
/** What CloudFormation tells resources apart by. */
const namesOf = (template: SynthesisedTemplate | undefined, kind: string) =>
  Object.entries(template?.Resources ?? {}).flatMap(([name, { Type }]) => (Type === kind ? [name] : []));

test('every volume is encrypted gp3 of the size asked for, and goes with its host; Docker has its own', () => {
  const [data] = launchData(hostsOf(sampleLab(['ana'])));
  const volume = { VolumeType: 'gp3', Encrypted: true, DeleteOnTermination: true };
  assert.deepEqual(data.BlockDeviceMappings, [
    { DeviceName: '/dev/xvda', Ebs: { ...volume, VolumeSize: 20 } },
    { DeviceName: '/dev/sdf', Ebs: { ...volume, VolumeSize: 30 } },
  ]);
});

test('the root volume is named as the image names it: another name would be a third volume', () => {
  const lab = sampleLab(['ana']);
  const [data] = launchData(hostsOf({ ...lab, host: { ...lab.host, rootDevice: '/dev/sda1' } }));
  assert.equal(data.BlockDeviceMappings[0].DeviceName, '/dev/sda1');
});

test('metadata is had with a session token only, and not from inside a container', () => {
  const [data] = launchData(hostsOf(sampleLab(['ana'])));
  assert.deepEqual(data.MetadataOptions, { HttpEndpoint: 'enabled', HttpTokens: 'required', HttpPutResponseHopLimit: 1 });
});

test("poweroff stops a host; the image is the pinned one; the key is the attendee's; user data is each host's own", () => {
  const template = hostsOf(sampleLab(['ana', 'bo']));
  const [ana, bo] = launchData(template);
  assert.equal(ana.InstanceInitiatedShutdownBehavior, 'stop');
  assert.equal(ana.ImageId, 'ami-04681a1dbd79675a5');
  assert.equal(Buffer.from(ana.UserData, 'base64').toString(), '#cloud-config\nhostname: ana-1\n');
  assert.equal(Buffer.from(bo.UserData, 'base64').toString(), '#cloud-config\nhostname: bo-1\n');
  const pairs = propertiesOf(template, 'AWS::EC2::KeyPair');
  assert.deepEqual(
    pairs.map(({ KeyName }) => KeyName),
    [ana.KeyName, bo.KeyName],
  );
  assert.match(ana.KeyName, /^oo-lab-demo-ana-[0-9a-f]{8}$/);
  assert.equal(pairs[0].PublicKeyMaterial, sampleLab(['ana']).attendees[0]!.publicKey);
});

test('a key that EC2 does not take comes with the user data alone', () => {
  const lab = sampleLab(['ana']);
  const publicKey = 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBA==';
  const template = hostsOf({ ...lab, attendees: [{ ...lab.attendees[0]!, publicKey }] });
  assert.equal(propertiesOf(template, 'AWS::EC2::KeyPair').length, 0);
  assert.ok(!('KeyName' in launchData(template)[0]));
});

test('host, volumes and launch template bear the tags by which they are found', () => {
  const template = hostsOf(sampleLab(['ana']));
  const [instance] = propertiesOf(template, 'AWS::EC2::Instance');
  const expected = {
    Name: 'oo-lab-demo-ana-1',
    'oo-install:lab': 'demo',
    'oo-install:lab-id': '0123456789ab',
    'oo-install:attendee': 'ana',
    'oo-install:host': 'ana-1',
  };
  assert.deepEqual(tagsOf(instance), { ...expected, 'oo-install:expires': '2026-11-27T17:00:00Z' });
  assert.equal(instance.PropagateTagsToVolumeOnCreation, true);
  const [launch] = propertiesOf(template, 'AWS::EC2::LaunchTemplate');
  assert.equal(launch.TagSpecifications[0].ResourceType, 'launch-template');
  assert.deepEqual(tagsOf(launch.TagSpecifications[0]), expected);
});

test('moving the end of the lab changes tags of hosts and nothing that would make new ones', () => {
  const [before, after] = ['2026-11-27T17:00:00Z', '2026-11-29T17:00:00Z'].map((expires) =>
    hostsOf(sampleLab(['ana'], { expires })),
  );
  assert.deepEqual(propertiesOf(before, 'AWS::EC2::LaunchTemplate'), propertiesOf(after, 'AWS::EC2::LaunchTemplate'));
  const rest = ({ Tags, ...others }: { Tags?: unknown }) => [others, Tags === undefined];
  assert.deepEqual(propertiesOf(before, 'AWS::EC2::Instance').map(rest), propertiesOf(after, 'AWS::EC2::Instance').map(rest));
});

test('a host that is there keeps what it was launched with when user data and image change', () => {
  const lab = sampleLab(['ana']);
  const changed = { ...lab, host: { ...lab.host, imageId: 'ami-000c540e28953ace2', userData: { 'ana-1': 'bmV3' } } };
  assert.deepEqual(propertiesOf(hostsOf(lab), 'AWS::EC2::Instance'), propertiesOf(hostsOf(changed), 'AWS::EC2::Instance'));
  assert.equal(propertiesOf(hostsOf(lab), 'AWS::EC2::Instance')[0].LaunchTemplate.Version, '1');
});

test("a new generation is another host and another launch template, and nobody else's", () => {
  const lab = sampleLab(['ana', 'bo']);
  const healed = { ...lab, host: { ...lab.host, generations: { 'ana-1': 1 } } };
  for (const kind of ['AWS::EC2::Instance', 'AWS::EC2::LaunchTemplate']) {
    const [before, after] = [namesOf(hostsOf(lab), kind), namesOf(hostsOf(healed), kind)];
    assert.equal(before.filter((name) => after.includes(name)).length, 1, kind);
    assert.equal(after.length, 2);
  }
});

test("nobody's host changes when others come and go", () => {
  const alone = hostsOf(sampleLab(['ana']))!.Resources;
  const together = hostsOf(sampleLab(['bo', 'ana', 'cy']))!.Resources;
  for (const [name, resource] of Object.entries(alone)) assert.deepEqual(together[name], resource, name);
});

test('further hosts of an attendee are in stacks of their own, with no second copy of the key', () => {
  const templates = templatesOf(labApp(sampleLab(['ana', 'bo'], { hostsPerAttendee: 2 })));
  const second = templates.get('oo-lab-demo-hosts-0-2');
  assert.deepEqual(
    propertiesOf(second, 'AWS::EC2::Instance').map((instance) => tagsOf(instance)['oo-install:host']),
    ['ana-2', 'bo-2'],
  );
  assert.equal(propertiesOf(second, 'AWS::EC2::KeyPair').length, 0);
});

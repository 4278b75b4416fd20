import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labApp } from '../../../lib/stacks/lab-app.ts';
import { propertiesOf, sampleLab, templatesOf } from '../../support/aws/sample-lab.ts';

const networkOf = (changes: Parameters<typeof sampleLab>[1] = {}) =>
  templatesOf(labApp(sampleLab(['ana'], changes))).get('oo-lab-demo-network');

const ruleText = ({ FromPort, ToPort, CidrIp, IpProtocol }: Record<string, unknown>) =>
  `${String(IpProtocol)} ${String(FromPort)}-${String(ToPort)} ${String(CidrIp)}`;

test('hosts are reached by those whom the lab allows, at those doors, and by nobody else', () => {
  const [group] = propertiesOf(networkOf(), 'AWS::EC2::SecurityGroup');
  assert.deepEqual(group.SecurityGroupIngress.map(ruleText), [
    'tcp 22-22 203.0.113.7/32',
    'tcp 8443-8443 203.0.113.0/24',
    'tcp 80-80 198.51.100.0/24',
    'tcp 443-443 198.51.100.0/24',
    'tcp 30000-32767 198.51.100.0/24',
  ]);
  assert.equal(propertiesOf(networkOf(), 'AWS::EC2::SecurityGroupIngress').length, 0);
});

test('the API is let in where it listens; nobody at all may be allowed', () => {
  const allow = { ssh: [], api: ['203.0.113.0/24'], apps: [] };
  const [group] = propertiesOf(networkOf({ network: { apiPort: 6443, allow } }), 'AWS::EC2::SecurityGroup');
  assert.deepEqual(group.SecurityGroupIngress.map(ruleText), ['tcp 6443-6443 203.0.113.0/24']);
  const [closed] = propertiesOf(networkOf({ network: { allow: { ...allow, api: [] } } }), 'AWS::EC2::SecurityGroup');
  assert.deepEqual(closed.SecurityGroupIngress ?? [], []);
});

test('the VPC has its own range in two public subnets and a gateway, and nothing that is charged by the hour', () => {
  const template = networkOf({ network: { cidr: '10.7.0.0/20', allow: { ssh: [], api: [], apps: [] } } });
  assert.deepEqual(
    propertiesOf(template, 'AWS::EC2::VPC').map(({ CidrBlock }) => CidrBlock),
    ['10.7.0.0/20'],
  );
  assert.deepEqual(
    propertiesOf(template, 'AWS::EC2::Subnet').map(({ CidrBlock, MapPublicIpOnLaunch }) => [CidrBlock, MapPublicIpOnLaunch]),
    [
      ['10.7.0.0/21', true],
      ['10.7.8.0/21', true],
    ],
  );
  const kinds = new Set(Object.values(template!.Resources).map(({ Type }) => Type));
  assert.ok(kinds.has('AWS::EC2::InternetGateway'));
  for (const charged of ['AWS::EC2::NatGateway', 'AWS::EC2::EIP', 'AWS::EC2::VPCEndpoint', 'AWS::Lambda::Function']) {
    assert.ok(!kinds.has(charged), charged);
  }
});

test('what other stacks import stays exported, whoever imports it at the moment', () => {
  const exported = (names: readonly string[]) =>
    Object.keys(templatesOf(labApp(sampleLab(names))).get('oo-lab-demo-network')!.Outputs ?? {}).toSorted();
  assert.equal(exported(['ana']).length, 3);
  assert.deepEqual(exported(['ana']), exported(Array.from({ length: 60 }, (_, index) => `a${index}`)));
});

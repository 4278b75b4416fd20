import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labApp } from '../../../lib/stacks/lab-app.ts';
import { propertiesOf, sampleLab, templatesOf } from '../../support/aws/sample-lab.ts';

const accessOf = (changes: Parameters<typeof sampleLab>[1] = {}) =>
  templatesOf(labApp(sampleLab(['ana'], changes))).get('oo-lab-demo-access');

test('hosts may do nothing in AWS where oo-install installs them', () => {
  const template = accessOf();
  const [role] = propertiesOf(template, 'AWS::IAM::Role');
  assert.deepEqual(
    role.AssumeRolePolicyDocument.Statement.map(({ Principal }: { Principal: unknown }) => Principal),
    [{ Service: 'ec2.amazonaws.com' }],
  );
  assert.equal(role.Policies, undefined);
  assert.equal(role.ManagedPolicyArns, undefined);
  for (const kind of ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::S3::Bucket']) {
    assert.equal(propertiesOf(template, kind).length, 0, kind);
  }
});

test('hosts that install themselves may read the one bucket, which is closed, encrypted and goes with its stack', () => {
  const template = accessOf({ install: 's3' });
  const [policy] = propertiesOf(template, 'AWS::IAM::Policy');
  assert.deepEqual(
    policy.PolicyDocument.Statement.map(({ Action, Effect }: { Action: unknown; Effect: string }) => [Action, Effect]),
    [['s3:GetObject', 'Allow']],
  );
  assert.match(JSON.stringify(policy.PolicyDocument.Statement[0].Resource), /:s3:::oo-lab-demo-0123456789ab\/\*/);
  const [bucket] = propertiesOf(template, 'AWS::S3::Bucket');
  assert.deepEqual(new Set(Object.values(bucket.PublicAccessBlockConfiguration)), new Set([true]));
  assert.equal(bucket.BucketEncryption.ServerSideEncryptionConfiguration.length, 1);
  const made = Object.values(template!.Resources).find(({ Type }) => Type === 'AWS::S3::Bucket');
  assert.equal(made?.DeletionPolicy, 'Delete');
  const [rules] = propertiesOf(template, 'AWS::S3::BucketPolicy');
  assert.deepEqual(rules.PolicyDocument.Statement[0].Condition, { Bool: { 'aws:SecureTransport': 'false' } });
  assert.equal(rules.PolicyDocument.Statement[0].Effect, 'Deny');
});

test('an attendee gets a role for AWS only where the lab says so', () => {
  const without = templatesOf(labApp(sampleLab(['ana'])));
  assert.equal(propertiesOf(without.get('oo-lab-demo-hosts-0'), 'AWS::IAM::Role').length, 0);
  assert.equal(propertiesOf(accessOf({ awsAccounts: true }), 'AWS::IAM::ManagedPolicy').length, 1);
});

test('whose name is one letter can be given it too: STS takes no name of a session that short', () => {
  const templates = templatesOf(labApp(sampleLab(['a'], { awsAccounts: true })));
  const [role] = propertiesOf(templates.get('oo-lab-demo-hosts-0'), 'AWS::IAM::Role');
  assert.equal(role.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals['sts:RoleSessionName'], 'a-');
});

test('that role looks at hosts of the region, switches own ones, and ends with the lab; its boundary gives no more', () => {
  const templates = templatesOf(labApp(sampleLab(['ana', 'bo'], { awsAccounts: true })));
  const [ana, bo] = propertiesOf(templates.get('oo-lab-demo-hosts-0'), 'AWS::IAM::Role');
  assert.deepEqual([ana.RoleName, bo.RoleName], ['oo-lab-demo-ana-01234567', 'oo-lab-demo-bo-01234567']);
  assert.equal(ana.MaxSessionDuration, 43_200);
  assert.deepEqual(ana.AssumeRolePolicyDocument.Statement[0].Condition, { StringEquals: { 'sts:RoleSessionName': 'ana' } });
  assert.match(JSON.stringify(ana.PermissionsBoundary), /oo-lab-demo-access:.*AttendeeBoundary/);
  const until = { 'aws:CurrentTime': '2026-11-27T17:00:00Z' };
  const [look, own] = ana.Policies[0].PolicyDocument.Statement;
  assert.deepEqual(look.Condition, { StringEquals: { 'aws:RequestedRegion': 'eu-central-1' }, DateLessThan: until });
  assert.ok(look.Action.every((action: string) => action.startsWith('ec2:Describe')));
  assert.deepEqual(own.Action, ['ec2:StartInstances', 'ec2:StopInstances', 'ec2:RebootInstances', 'ec2:GetConsoleOutput']);
  assert.deepEqual(own.Condition, {
    StringEquals: { 'ec2:ResourceTag/oo-install:lab-id': '0123456789ab', 'ec2:ResourceTag/oo-install:attendee': 'ana' },
    DateLessThan: until,
  });
  const [boundary] = propertiesOf(templates.get('oo-lab-demo-access'), 'AWS::IAM::ManagedPolicy');
  const allowed = boundary.PolicyDocument.Statement.flatMap(({ Action }: { Action: string[] }) => Action);
  assert.deepEqual(allowed, [...look.Action, ...own.Action]);
});

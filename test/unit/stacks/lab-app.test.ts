import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Validations } from 'aws-cdk-lib/core';
import { labApp } from '../../../lib/stacks/lab-app.ts';
import { propertiesOf, sampleLab, tagsOf, templatesOf } from '../../support/aws/sample-lab.ts';

const many = (count: number) => Array.from({ length: count }, (_, index) => `a${index + 1}`);

test('a lab is a network, roles and a stack for each cohort of fifty', () => {
  const templates = templatesOf(labApp(sampleLab(many(120))));
  assert.deepEqual([...templates.keys()].toSorted(), [
    'oo-lab-demo-access',
    'oo-lab-demo-hosts-0',
    'oo-lab-demo-hosts-1',
    'oo-lab-demo-hosts-2',
    'oo-lab-demo-network',
  ]);
  const hosts = [0, 1, 2].map(
    (cohort) => propertiesOf(templates.get(`oo-lab-demo-hosts-${cohort}`), 'AWS::EC2::Instance').length,
  );
  assert.deepEqual(hosts, [50, 50, 20]);
});

test("the largest template is far below CloudFormation's 500 resources and 1 MB", () => {
  const lab = sampleLab(many(50), { awsAccounts: true, install: 's3', hostsPerAttendee: 3 });
  const userData = Object.fromEntries(
    Object.keys(lab.host.userData).map((host) => [host, Buffer.alloc(6_000, host).toString('base64')]),
  );
  for (const [name, template] of templatesOf(labApp({ ...lab, host: { ...lab.host, userData } }))) {
    assert.ok(Object.keys(template.Resources).length <= 200, name);
    assert.ok(JSON.stringify(template).length < 800_000, name);
  }
});

test('the same lab gives the same templates, to the byte', () => {
  const synthesise = () => JSON.stringify([...templatesOf(labApp(sampleLab(many(3), { awsAccounts: true, install: 's3' })))]);
  assert.equal(synthesise(), synthesise());
});

test('nothing is looked up, and no account is named', () => {
  const assembly = labApp(sampleLab(['ana'])).synth();
  assert.deepEqual(assembly.manifest.missing ?? [], []);
  for (const { environment } of assembly.stacks) {
    assert.deepEqual([environment.account, environment.region], ['unknown-account', 'eu-central-1']);
  }
});

test('every stack, and every resource that takes tags, bears the three of the lab', () => {
  const app = labApp(sampleLab(['ana'], { awsAccounts: true, install: 's3' }));
  const expected = {
    'oo-install:lab': 'demo',
    'oo-install:lab-id': '0123456789ab',
    'oo-install:expires': '2026-11-27T17:00:00Z',
  };
  for (const stack of app.synth().stacks) assert.deepEqual({ ...expected, ...stack.tags }, stack.tags, stack.stackName);
  const taggable = ['VPC', 'Subnet', 'RouteTable', 'InternetGateway', 'SecurityGroup', 'Instance', 'KeyPair'].map(
    (kind) => `AWS::EC2::${kind}`,
  );
  for (const [name, template] of templatesOf(app)) {
    for (const kind of [...taggable, 'AWS::IAM::Role', 'AWS::S3::Bucket']) {
      for (const properties of propertiesOf(template, kind)) {
        const tags = tagsOf(properties);
        assert.deepEqual({ ...tags, ...expected }, tags, `${name}: ${kind}`);
      }
    }
  }
});

test('cdk-nag finds nothing that is not acknowledged with a reason', () => {
  const allow = { ssh: ['203.0.113.0/24'], api: ['203.0.113.0/24'], apps: ['0.0.0.0/0'] };
  const app = labApp(sampleLab(['ana', 'bo'], { awsAccounts: true, install: 's3', hostsPerAttendee: 2, network: { allow } }));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
});

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Duration, Validations } from 'aws-cdk-lib/core';
import { janitorApp, type JanitorDefinition } from '../../../lib/stacks/janitor-app.ts';
import { propertiesOf, templatesOf } from '../../support/aws/sample-lab.ts';

const code = mkdtempSync(join(tmpdir(), 'oo-janitor-'));
writeFileSync(join(code, 'index.mjs'), 'export const handler = () => undefined;\n');
after(() => rmSync(code, { recursive: true }));

const janitorOf = (changes: Partial<JanitorDefinition> = {}) =>
  templatesOf(janitorApp({ region: 'eu-central-1', code, ...changes })).get('oo-janitor');

test('a schedule starts the function every ten minutes, and may start nothing else', () => {
  const template = janitorOf();
  const [schedule] = propertiesOf(template, 'AWS::Scheduler::Schedule');
  assert.equal(schedule.ScheduleExpression, 'rate(10 minutes)');
  assert.equal(schedule.Target.RetryPolicy.MaximumRetryAttempts, 0);
  const starter = propertiesOf(template, 'AWS::IAM::Role').find((role) =>
    JSON.stringify(role).includes('scheduler.amazonaws.com'),
  );
  assert.deepEqual(starter.Policies[0].PolicyDocument.Statement, [
    { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: schedule.Target.Arn },
  ]);
});

test('the function has its notice, its log goes with it, and an address is told only where one is named', () => {
  const template = janitorOf({ notify: 'ops@example.com', noticeBefore: Duration.minutes(30) });
  const [made] = propertiesOf(template, 'AWS::Lambda::Function');
  assert.equal(made.Environment.Variables.NOTICE_BEFORE_MINUTES, '30');
  assert.equal(made.Handler, 'index.handler');
  assert.deepEqual(propertiesOf(template, 'AWS::SNS::Topic')[0].Subscription, [
    { Protocol: 'email', Endpoint: 'ops@example.com' },
  ]);
  assert.equal(propertiesOf(janitorOf(), 'AWS::SNS::Topic')[0].Subscription, undefined);
  const log = Object.values(template!.Resources).find(({ Type }) => Type === 'AWS::Logs::LogGroup');
  assert.equal(log?.DeletionPolicy, 'Delete');
});

test("it deletes what bears a lab's tags or name, and strays of its region; it makes and changes nothing but its records and log", () => {
  const role = propertiesOf(janitorOf(), 'AWS::IAM::Role').find((each) => JSON.stringify(each).includes('lambda.amazonaws.com'));
  const statements: { Action: string | string[]; Resource: unknown; Condition?: unknown }[] =
    role.Policies[0].PolicyDocument.Statement;
  const actions = statements.flatMap(({ Action }) => Action);
  assert.deepEqual(actions.filter((action) => /\*|:(Create|Put|Run|Attach|Pass|Modify|Update|Add|Set)/.test(action)).toSorted(), [
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'ssm:PutParameter',
  ]);
  const of = (action: string) => statements.find(({ Action }) => [Action].flat().includes(action));
  assert.deepEqual(of('ec2:TerminateInstances')?.Condition, { Null: { 'aws:ResourceTag/oo-install:lab-id': 'false' } });
  assert.deepEqual(of('ec2:DeleteNetworkInterface')?.Condition, { StringEquals: { 'aws:RequestedRegion': 'eu-central-1' } });
  for (const action of ['cloudformation:DeleteStack', 'iam:DeleteRole', 's3:DeleteObject']) {
    for (const resource of [of(action)?.Resource].flat()) assert.match(JSON.stringify(resource), /oo-lab-\*/, action);
  }
});

test('cdk-nag finds nothing that is not acknowledged with a reason', () => {
  const app = janitorApp({ region: 'eu-central-1', code, notify: 'ops@example.com' });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
});

test('a janitor of no region is refused with the way out', () => {
  const region = process.env['CDK_DEFAULT_REGION'];
  delete process.env['CDK_DEFAULT_REGION'];
  assert.throws(() => janitorOf({ region: undefined }), { code: 'JANITOR_REGION_MISSING', hint: /-c region=/ });
  if (region !== undefined) process.env['CDK_DEFAULT_REGION'] = region;
});

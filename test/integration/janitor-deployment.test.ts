import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetScheduleCommand } from '@aws-sdk/client-scheduler';
import { ListSubscriptionsCommand, SNSClient } from '@aws-sdk/client-sns';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { type AwsClients, awsClients } from '../../lib/installer/lab/aws/clients.ts';
import { awsProvider } from '../../lib/installer/lab/aws/aws-provider.ts';
import { awsJanitor } from '../../lib/installer/lab/aws/janitor-deployment/lab-janitor.ts';
import { downLab } from '../../lib/installer/lab/aws/sweep/down-lab.ts';
import type { LabEvent } from '../../lib/installer/lab/provider.ts';
import { JANITOR_RECORDS } from '../../lib/stacks/lab-definition.ts';
import { type AwsLab, awsLab } from '../support/aws/aws-lab.ts';
import { deployLab } from '../support/aws/deploy-lab.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { sampleLab } from '../support/aws/sample-lab.ts';

describe('the janitor of an account and region', { skip: motoMissing }, () => {
  const region = 'eu-central-1';
  const janitor = awsJanitor({ poll: 20 });
  const told: LabEvent[] = [];
  const context = { region, report: (event: LabEvent) => void told.push(event), signal: new AbortController().signal };
  let moto: Moto;
  let aws: AwsClients;
  before(async () => {
    moto = await startMoto();
    Object.assign(process.env, moto.env);
    aws = awsClients(region);
  });
  after(() => moto?.[Symbol.asyncDispose]());

  const changing = async () =>
    (await moto.calls())
      .map(({ action }) => action)
      .filter((action) => /^cloudformation:(Create|Update|Delete|Execute)/.test(action));

  test('is not there at first, and a look changes nothing', async () => {
    assert.deepEqual(await janitor.look(context), {
      where: 'account 123456789012 in eu-central-1',
      present: false,
      status: '',
      notify: '',
      left: [],
    });
    assert.deepEqual(await changing(), []);
  });

  test('is deployed with its code, its schedule and whom it tells', async () => {
    const state = await janitor.deploy(context, 'ina@example.com');
    assert.deepEqual([state.present, state.status, state.notify], [true, 'CREATE_COMPLETE', 'ina@example.com']);
    const { Configuration, Code } = await new LambdaClient({ region }).send(
      new GetFunctionCommand({ FunctionName: 'oo-janitor' }),
    );
    assert.equal(Configuration?.Handler, 'index.handler');
    const size = Configuration?.CodeSize ?? 0;
    assert.ok(size > 100_000 && size < 1_000_000, `${size}`);
    assert.ok(Code?.Location);
    const { Target } = await aws.scheduler.send(new GetScheduleCommand({ Name: 'oo-janitor' }));
    assert.match(Target?.Arn ?? '', /:function:oo-janitor/);
    const { Subscriptions = [] } = await new SNSClient({ region }).send(new ListSubscriptionsCommand({}));
    assert.deepEqual(
      Subscriptions.map(({ Endpoint, Protocol }) => [Protocol, Endpoint]),
      [['email', 'ina@example.com']],
    );
    assert.ok(told.some(({ subject, state: is }) => subject === 'oo-janitor' && is === 'done'));
  });

  test('deployed once more, nothing changes: it goes on telling whom it told', async () => {
    await moto.clearCalls();
    const state = await janitor.deploy(context, undefined);
    assert.equal(state.notify, 'ina@example.com');
    assert.deepEqual(await changing(), []);
  });

  test('tells somebody else when that is asked for', async () => {
    assert.deepEqual((await janitor.deploy(context, 'ops@example.com')).notify, 'ops@example.com');
  });

  test('is taken away with all that is its own, its records too, and what the CDK keeps stays', async () => {
    const record = { Name: `${JANITOR_RECORDS}/demo/0123456789ab`, Value: '{}', Type: 'String' as const };
    await aws.ssm.send(new PutParameterCommand(record));
    assert.deepEqual(await janitor.remove(context), {
      where: 'account 123456789012 in eu-central-1',
      present: false,
      status: '',
      notify: '',
      left: [],
    });
    const { Stacks = [] } = await aws.cloudformation.send(new DescribeStacksCommand({}));
    assert.deepEqual(
      Stacks.map(({ StackName }) => StackName),
      ['CDKToolkit'],
    );
    assert.deepEqual((await janitor.remove(context)).left, []);
  });

  test('what is left of one is told, also when its stack is gone', async () => {
    await aws.ssm.send(new PutParameterCommand({ Name: `${JANITOR_RECORDS}/demo/0123456789ab`, Value: '{}', Type: 'String' }));
    assert.deepEqual((await janitor.look(context)).left, [
      { type: 'parameter', id: '/oo-install/janitor/labs/demo/0123456789ab', detail: '' },
    ]);
    await moto.fault({ action: 'sns:ListTopics', kind: 'deny' });
    await assert.rejects(janitor.look(context), { code: 'AWS_DENIED', message: /sns:ListTopics is not allowed/ });
    await moto.clearFaults();
  });

  test('what may not be made is named, and the next deployment goes on', async () => {
    await moto.fault({ action: 'iam:CreateRole', kind: 'deny', times: 1 });
    await assert.rejects(janitor.deploy(context, undefined), { code: 'AWS_DENIED', message: /iam:CreateRole/ });
    assert.equal((await janitor.deploy(context, undefined)).status, 'CREATE_COMPLETE');
    await janitor.remove(context);
  });

  test('lab up makes it before anything that costs, unless lab.yaml says no; lab plan tells which', async () => {
    const provider = awsProvider({ poll: 20 });
    const lab = awsLab(moto.imageId);
    const notesOf = async (wanted: boolean) => {
      const looking = lab.context(['ana'], { looking: true, aws: { janitor: wanted } });
      return (await provider.plan(looking)).notes.join('\n');
    };
    assert.match(await notesOf(false), /nobody takes the lab away when its time is over but you/);
    assert.match(await notesOf(true), /lab up also makes the stack oo-janitor, once for this account and region/);
    await provider.up(lab.context(['ana'], { aws: { janitor: true } }));
    const done = lab.told.filter(({ state }) => state === 'done').map(({ subject }) => subject);
    assert.ok(done.includes('oo-lab-demo-network'), done.join());
    assert.equal(
      done.indexOf('oo-janitor'),
      done.findIndex((subject) => subject.startsWith('oo-')),
      done.join(),
    );
    assert.match(await notesOf(false), /the janitor of this account and region takes the lab away/);
    // Another lab is there: the janitor is still wanted, and nothing is said.
    await deployLab(
      aws,
      sampleLab(['cy'], { name: 'other', id: 'aaaaaaaaaaaa', network: { ...sampleLab([]).network, cidr: '10.91.0.0/16' } }),
    );
    const downWith = async (of: AwsLab) => {
      await provider.down(of.context(['ana'], { aws: { janitor: true } }));
      return of.told.map(({ message }) => message).filter((message) => /has no lab to look after any more/.test(message));
    };
    assert.deepEqual(await downWith(lab), []);
    await downLab(aws, { name: 'other', id: 'aaaaaaaaaaaa' }, () => undefined, context.signal);
    const [message, ...more] = await downWith(lab);
    assert.match(message ?? '', /oo-install lab janitor remove --region eu-central-1 takes it away/);
    assert.deepEqual(more, []);
    await janitor.remove(context);
  });

  test('a stack of that name that is something else is neither changed nor removed', async () => {
    const template = { Resources: { One: { Type: 'AWS::SNS::Topic', Properties: {} } } };
    await aws.cloudformation.send(new CreateStackCommand({ StackName: 'oo-janitor', TemplateBody: JSON.stringify(template) }));
    for (const work of [() => janitor.look(context), () => janitor.deploy(context, undefined), () => janitor.remove(context)]) {
      await assert.rejects(work, { code: 'JANITOR_NAME_IN_USE' });
    }
    const { Stacks = [] } = await aws.cloudformation.send(new DescribeStacksCommand({ StackName: 'oo-janitor' }));
    assert.equal(Stacks[0]?.StackStatus, 'CREATE_COMPLETE');
  });
});

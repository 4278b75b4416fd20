import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeInstancesCommand, EC2Client, type Tag } from '@aws-sdk/client-ec2';
import { OoError } from '../../lib/common/errors.ts';
import { awsProvider } from '../../lib/installer/lab/aws/aws-provider.ts';
import { awsLab, type AwsLab } from '../support/aws/aws-lab.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';

/** What AWS can do to whoever puts a lab up: each has a name and a way out, and the same command goes on afterwards. */
describe('a lab on AWS when AWS does not play along', { skip: motoMissing }, () => {
  const provider = awsProvider({ poll: 50, patience: 120_000 });
  const names = ['ana', 'bo'];
  const env = { ...process.env };
  let moto: Moto;
  let ec2: EC2Client;
  let cloudformation: CloudFormationClient;
  let lab: AwsLab;

  before(async () => {
    moto = await startMoto();
    Object.assign(process.env, moto.env);
    ec2 = new EC2Client({});
    cloudformation = new CloudFormationClient({});
  });
  after(async () => {
    ec2?.destroy();
    cloudformation?.destroy();
    process.env = env;
    await moto?.[Symbol.asyncDispose]();
  });
  afterEach(async () => {
    process.env = { ...env, ...moto.env };
    await moto.reset();
  });

  const begin = () => (lab = awsLab(moto.imageId));
  const running = async (): Promise<readonly string[]> => {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const host = (tags: readonly Tag[] = []) => tags.find(({ Key }) => Key === 'oo-install:host')?.Value ?? '';
    return Reservations.flatMap(({ Instances = [] }) => Instances)
      .filter(({ State }) => State?.Name === 'running')
      .map(({ Tags }) => host(Tags))
      .toSorted();
  };
  const statusOf = async (StackName: string): Promise<string | undefined> => {
    const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({ StackName }));
    return Stacks[0]?.StackStatus;
  };
  const failure = async (work: Promise<unknown>): Promise<OoError> => {
    const error = await work.then(
      () => assert.fail('it went well'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof OoError, String(error));
    assert.ok((error.hint ?? '') !== '', `${error.code} has no way out`);
    return error;
  };

  test('no credentials at all', async () => {
    begin();
    delete process.env['AWS_ACCESS_KEY_ID'];
    delete process.env['AWS_SECRET_ACCESS_KEY'];
    const { code, hint } = await failure(provider.plan(lab.context(names, { looking: true })));
    assert.equal(code, 'AWS_NO_CREDENTIALS');
    assert.match(hint!, /aws sso login|AWS_PROFILE/);
  });

  test('no region', async () => {
    begin();
    delete process.env['AWS_REGION'];
    delete process.env['AWS_DEFAULT_REGION'];
    const without = { looking: true, aws: { region: undefined } };
    assert.equal((await failure(provider.plan(lab.context(names, without)))).code, 'AWS_REGION_MISSING');
  });

  test('a region that there is not, and one that is not switched on', async () => {
    begin();
    const there = (region: string) => provider.plan(lab.context(names, { looking: true, aws: { region } }));
    const unknown = await failure(there('eu-nowhere-9'));
    assert.equal(unknown.code, 'AWS_REGION_UNKNOWN', unknown.message);
    assert.match(unknown.hint!, /these are there: .*eu-central-1/);
    const off = await failure(there('me-south-1'));
    assert.equal(off.code, 'AWS_REGION_OFF', off.message);
    assert.match(off.hint!, /enable-region --region-name me-south-1/);
  });

  test('a quota that is too small is a problem of the plan, and one that may not be read a note', async () => {
    begin();
    await moto.setQuota('ec2', 'L-1216C47A', 3);
    const { problems } = await provider.plan(lab.context(names, { looking: true }));
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, /Standard .* is 3 in eu-central-1: 0 are in use, and the lab needs 4 more/);
    await moto.fault({ action: 'servicequotas:GetServiceQuota', kind: 'deny' });
    const { problems: none, notes } = await provider.plan(lab.context(names, { looking: true }));
    assert.deepEqual(none, []);
    assert.ok(
      notes.some((note) => /GetServiceQuota is not allowed to you/.test(note)),
      notes.join('\n'),
    );
  });

  for (const action of [
    'sts:GetCallerIdentity',
    'ec2:DescribeRegions',
    'ec2:DescribeInstanceTypes',
    'ec2:DescribeImages',
    'ec2:DescribeInstances',
    'cloudformation:DescribeStacks',
    'cloudformation:CreateStack',
    'cloudformation:DescribeStackEvents',
    'ec2:GetConsoleOutput',
    'ec2:RunInstances',
    'ec2:CreateVpc',
    'iam:CreateRole',
    'ssm:GetParameter',
  ]) {
    test(`${action} is not allowed: it is named, and once it is, the same command goes on`, async () => {
      begin();
      await moto.fault({ action, kind: 'deny' });
      const { code, message } = await failure(provider.up(lab.context(names)));
      assert.equal(code, 'AWS_DENIED');
      assert.ok(message.startsWith(`${action} is not allowed to you`), message);
      await moto.clearFaults();
      await provider.up(lab.context(names));
      assert.deepEqual(await running(), ['ana-1', 'bo-1']);
    });
  }

  test('a token that ends midway: told, and a new one goes on', async () => {
    begin();
    await moto.fault({ action: '*', kind: 'expire', after: 40 });
    const { code, hint } = await failure(provider.up(lab.context(names)));
    assert.equal(code, 'AWS_CREDENTIALS_EXPIRED');
    assert.match(hint!, /log in again/);
    await moto.clearFaults();
    await provider.up(lab.context(names));
    assert.deepEqual(await running(), ['ana-1', 'bo-1']);
  });

  test('throttled calls are made again', async () => {
    begin();
    await moto.fault({ action: 'ec2:DescribeInstances', kind: 'throttle', times: 3 });
    await moto.fault({ action: 'cloudformation:DescribeStacks', kind: 'throttle', times: 3 });
    await provider.up(lab.context(names));
    assert.deepEqual(await running(), ['ana-1', 'bo-1']);
  });

  test('a stack that never came to be is made again', async () => {
    begin();
    await moto.fault({ action: 'ec2:RunInstances', kind: 'fail', times: 1 });
    const { code, message } = await failure(provider.up(lab.context(names)));
    assert.equal(code, 'LAB_STACK_FAILED');
    assert.match(message, /oo-lab-demo-hosts-0 failed:[^]*Instance.*internal error/);
    assert.equal(await statusOf('oo-lab-demo-hosts-0'), 'ROLLBACK_COMPLETE');
    await provider.up(lab.context(names));
    assert.deepEqual(await running(), ['ana-1', 'bo-1']);
  });

  test('a lab of the same name and another id is left alone, as is a stack that is no lab', async () => {
    begin();
    await provider.up(lab.context(names));
    const other = awsLab(moto.imageId);
    const plan = await provider.plan(other.context(['eve'], { looking: true }));
    assert.match(plan.problems.join(), /the name demo is taken .* of another lab of this name/);
    assert.equal((await failure(provider.up(other.context(['eve'])))).code, 'LAB_NAME_IN_USE');
    assert.deepEqual(await running(), ['ana-1', 'bo-1']);
    const Resources = { Topic: { Type: 'AWS::SNS::Topic' } };
    await cloudformation.send(
      new CreateStackCommand({ StackName: 'oo-lab-mine-network', TemplateBody: JSON.stringify({ Resources }) }),
    );
    const third = awsLab(moto.imageId, 'mine');
    assert.equal((await failure(provider.up(third.context(['eve'])))).code, 'LAB_NAME_IN_USE');
  });

  test('credentials of another region than the lab is in change nothing', async () => {
    begin();
    await provider.up(lab.context(names));
    const elsewhere = lab.context(names, { aws: { region: 'us-east-1' } });
    const { code, message } = await failure(provider.up(elsewhere));
    assert.equal(code, 'LAB_ELSEWHERE');
    assert.match(message, /is in account 123456789012 in eu-central-1, and this would be account 123456789012 in us-east-1/);
  });

  test('an image and an instance type that there are not are problems of the plan', async () => {
    begin();
    const wrong = (aws: object) => provider.plan(lab.context(names, { looking: true, aws: { ...aws } }));
    assert.match(
      (await wrong({ image: 'ami-0000000000000dead' })).problems.join(),
      /ami-0000000000000dead cannot be used: there is none/,
    );
    assert.match((await wrong({ instanceType: 't9.medium' })).problems.join(), /no instance type t9\.medium in eu-central-1/);
    assert.match((await wrong({ instanceType: 'm7g.large' })).problems.join(), /it is for x86_64, and m7g\.large is arm64/);
  });

  test('hosts that never publish their keys are told', async () => {
    begin();
    const impatient = awsProvider({ poll: 50, patience: 500 });
    await provider.up(lab.context(['ana']));
    const context = lab.context(['ana']);
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const id = Reservations[0]!.Instances![0]!.InstanceId!;
    await moto.setConsole(id, null);
    const { code, message } = await failure(impatient.up(context));
    assert.equal(code, 'LAB_HOSTS_SILENT');
    assert.ok(message.includes(`ana-1 (${id}): runs; its keys are not on its console yet`), message);
  });
});

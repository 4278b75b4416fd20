import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { auditLab } from '../../lib/installer/lab/aws/audit/audit.ts';
import { type AwsClients, awsClients } from '../../lib/installer/lab/aws/clients.ts';
import { type JanitorOptions, runJanitor } from '../../lib/installer/lab/aws/janitor/janitor.ts';
import { artifactBucketName, JANITOR_RECORDS } from '../../lib/stacks/lab-definition.ts';
import { systemClock } from '../../lib/common/clock.ts';
import { deployLab } from '../support/aws/deploy-lab.ts';
import { eventually } from '../support/eventually.ts';
import { patient } from '../support/patience.ts';
import { inventory } from '../support/aws/inventory.ts';
import { makeAccountThings, makeMachines, tagList, tagsOfLab } from '../support/aws/lab-things.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { sampleLab } from '../support/aws/sample-lab.ts';

const lab = { name: 'demo', id: '0123456789ab' };
const end = '2026-11-27T17:00:00Z';
const tags = tagsOfLab(lab, { 'oo-install:expires': end });
const patience = { poll: 10, backoff: { base: 10, cap: 50 }, sweep: patient(30_000), stack: patient(120_000), attempts: 1 };
const once = { timeout: 0, backoff: { base: 1, cap: 1 } };
/** A pace at which no stack comes to its end before a test has set another one. */
const STANDS_STILL = 3_600_000;

describe('the janitor', { skip: motoMissing }, () => {
  let moto: Moto;
  let aws: AwsClients;
  let told: { readonly subject: string; readonly message: string }[] = [];
  before(async () => {
    moto = await startMoto();
    Object.assign(process.env, moto.env);
    aws = awsClients('eu-central-1');
  });
  beforeEach(async () => {
    await moto.reset();
    told = [];
  });
  after(() => moto?.[Symbol.asyncDispose]());

  /** One run, as of a time. */
  const run = (now: string, changes: Partial<JanitorOptions> = {}) =>
    runJanitor(aws, {
      notices: { tell: async (subject, message) => void told.push({ subject, message }) },
      noticeBefore: 3_600_000,
      signal: new AbortController().signal,
      clock: { ...systemClock, now: () => Date.parse(now) },
      patience,
      audit: once,
      log: () => undefined,
      ...changes,
    });
  const subjects = () => told.map(({ subject }) => subject);
  const assertClean = async (of = lab) => {
    const { clean, asked, errors } = await auditLab(aws, of, { patience: once });
    assert.ok(clean, JSON.stringify([asked.filter(({ left }) => left.length > 0), errors]));
  };
  const records = async () => {
    const { Parameters = [] } = await aws.ssm.send(new GetParametersByPathCommand({ Path: JANITOR_RECORDS, Recursive: true }));
    return Parameters.map(({ Name }) => Name!.slice(JANITOR_RECORDS.length));
  };
  /** What oo-install, the CDK and the janitor itself keep in the account is no part of any lab. */
  const others = async () =>
    (await inventory(aws)).filter((line) => !/^parameter \/(cdk-bootstrap|oo-install\/janitor)\//.test(line));
  /** What others leave in the network of a lab: it keeps the stack from going. */
  const leaveInterface = async () => {
    const mine = Object.entries(tagsOfLab(lab)).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
    const [subnet] = (await aws.ec2.send(new DescribeSubnetsCommand({ Filters: mine }))).Subnets!;
    const wanted = { VpcId: subnet!.VpcId!, GroupName: 'stray', Description: 'made by hand' };
    const { GroupId } = await aws.ec2.send(new CreateSecurityGroupCommand(wanted));
    await aws.ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnet!.SubnetId!, Groups: [GroupId!] }));
  };

  test('takes a lab away whose time is over, and touches neither one that runs nor look-alikes', async () => {
    // Twins: another lab of the same name, which says no end, and things that bear one of the tags alone.
    const twins = [tagsOfLab({ ...lab, id: 'ffffffffffff' }), { 'oo-install:lab': 'demo', 'oo-install:expires': end }];
    for (const [index, twin] of twins.entries()) {
      await makeMachines(aws, moto.imageId, twin, `oo-lab-demo-twin-${index}`);
      await makeAccountThings(aws, `oo-lab-demo-twin-${index}`, 'ffffffffffff', twin);
    }
    await deployLab(
      aws,
      sampleLab(['cy'], { name: 'later', id: 'aaaaaaaaaaaa', expires: '2026-11-28T17:00:00Z', install: 's3' }),
    );
    const before = await others();

    await deployLab(aws, sampleLab(['ana', 'bo'], { install: 's3', awsAccounts: true, expires: end }));
    const Bucket = artifactBucketName(lab);
    for (const Body of ['one', 'two']) await aws.s3.send(new PutObjectCommand({ Bucket, Key: 'archive', Body }));
    await leaveInterface();
    await makeMachines(aws, moto.imageId, tagsOfLab(lab), 'hand');
    await makeAccountThings(aws, 'oo-lab-demo-hand', lab.id, tagsOfLab(lab));

    const result = await run('2026-11-27T17:00:00Z');
    assert.deepEqual(result, {
      gone: ['demo'],
      stays: [],
      cutOff: [],
      changing: [],
      endless: ['demo'],
      running: ['later'],
      told: ['demo', 'demo'],
      troubles: [],
    });
    await assertClean();
    assert.deepEqual(await others(), before);
    assert.deepEqual(subjects().toSorted(), ['Lab demo has no end', 'Lab demo is gone']);
    assert.match(
      told.find(({ subject }) => subject.endsWith('gone'))!.message,
      /demo \(0123456789ab\) in eu-central-1 ended at 2026-11-27T17/,
    );
    // And once more: nothing is done, and nothing told.
    const again = await run('2026-11-27T17:10:00Z');
    assert.deepEqual([again.gone, again.told, again.troubles], [[], [], []]);
    assert.deepEqual(await others(), before);
    assert.deepEqual(await records(), ['/demo/ffffffffffff']);
  });

  test('tells of the end before it comes, once for each end, and forgets a lab that somebody has taken away', async () => {
    await deployLab(aws, sampleLab(['ana'], { expires: end }));
    const before = await others();
    assert.deepEqual((await run('2026-11-27T15:59:00Z')).told, []);
    assert.deepEqual((await run('2026-11-27T16:00:00Z')).told, ['demo']);
    assert.deepEqual((await run('2026-11-27T16:10:00Z')).told, []);
    assert.deepEqual(subjects(), ['Lab demo ends soon']);
    assert.deepEqual(await others(), before);
    assert.deepEqual(await records(), ['/demo/0123456789ab']);
    for (const part of ['hosts-0', 'access', 'network']) {
      await aws.cloudformation.send(new DeleteStackCommand({ StackName: `oo-lab-demo-${part}` }));
    }
    await run('2026-11-27T16:20:00Z');
    assert.deepEqual(await records(), []);
    assert.equal(told.length, 1);
  });

  test('sweeps what keeps a stack from going before it deletes that once more', async () => {
    await deployLab(aws, sampleLab(['ana'], { expires: end }));
    await leaveInterface();
    for (const part of ['hosts-0', 'access', 'network']) {
      await aws.cloudformation.send(new DeleteStackCommand({ StackName: `oo-lab-demo-${part}` }));
    }
    await moto.clearCalls();
    assert.deepEqual((await run('2026-11-27T18:00:00Z')).gone, ['demo']);
    const deletions = (await moto.calls()).filter(({ action }) => action === 'cloudformation:DeleteStack');
    assert.equal(deletions.length, 1);
    await assertClean();
  });

  test('what may not be deleted is told once, with the reason, and tried again until it goes', async () => {
    await deployLab(aws, sampleLab(['ana'], { expires: end }));
    await moto.fault({ action: 'ec2:DeleteVpc', kind: 'deny' });
    const first = await run('2026-11-27T18:00:00Z');
    assert.deepEqual([first.gone, first.stays, first.told], [[], ['demo'], ['demo']]);
    assert.match(first.troubles.join(), /demo 0123456789ab: .*VPC vpc-[0-9a-f]+: UnauthorizedOperation: .*ec2:DeleteVpc/s);
    assert.match(told[0]!.message, /not all of it goes.*ec2:DeleteVpc/s);
    const second = await run('2026-11-27T18:10:00Z');
    assert.deepEqual([second.stays, second.told], [['demo'], []]);
    await moto.clearFaults();
    assert.deepEqual((await run('2026-11-27T18:20:00Z')).gone, ['demo']);
    assert.deepEqual(subjects(), ['Lab demo does not go', 'Lab demo is gone']);
    await assertClean();
    assert.deepEqual(await records(), []);
  });

  test("one lab's failure stops no other", async () => {
    await deployLab(aws, sampleLab(['ana'], { expires: end }), 'oo-lab-demo-hosts-0');
    const other = { name: 'other', id: 'bbbbbbbbbbbb' };
    await deployLab(aws, sampleLab(['cy'], { ...other, expires: end }));
    const result = await run('2026-11-27T18:00:00Z');
    assert.deepEqual([result.gone, result.stays], [['other'], ['demo']]);
    assert.match(result.troubles.join(), /TerminationProtection/);
    await assertClean(other);
  });

  test('an audit that is not answered, or not clean, is no end of a lab', async () => {
    await deployLab(aws, sampleLab(['ana'], { expires: end }));
    // The sweep asks by tags alone: this is a question of the audit's.
    await moto.fault({ action: 'ssm:ListTagsForResource', kind: 'deny' });
    await makeAccountThings(aws, 'oo-lab-demo-twin', 'ffffffffffff', {});
    const result = await run('2026-11-27T18:00:00Z');
    assert.deepEqual(result.stays, ['demo']);
    assert.match(result.troubles.join(), /parameter: not answered: .*ssm:ListTagsForResource/);
    await moto.clearFaults();
    assert.deepEqual((await run('2026-11-27T18:10:00Z')).gone, ['demo']);
  });

  test('cut off anywhere by a token that expires, the next run goes on, also when nothing is left that bears the end of the lab', async () => {
    await deployLab(aws, sampleLab(['ana', 'bo'], { install: 's3', expires: end }));
    await makeMachines(aws, moto.imageId, tagsOfLab(lab), 'hand');
    await makeAccountThings(aws, 'oo-lab-demo-hand', lab.id, tagsOfLab(lab));
    let cuts = 0;
    for (let cut = 5; ; cut += 15) {
      await moto.clearFaults();
      await moto.fault({ action: '*', kind: 'expire', after: cut });
      const ended = await run('2026-11-27T18:00:00Z').catch((error: Error) => error.name);
      if (typeof ended !== 'string' && ended.troubles.length === 0) break;
      cuts += 1;
      assert.match(typeof ended === 'string' ? ended : ended.troubles.join(), /[Ee]xpired/);
    }
    assert.ok(cuts > 3, `only ${cuts} runs were cut off`);
    await moto.clearFaults();
    await assertClean();
    assert.deepEqual(await records(), []);
    assert.ok(subjects().includes('Lab demo is gone'));
  });

  test('stops when its time is up, and the next run goes on', async () => {
    await deployLab(aws, sampleLab(['ana'], { expires: end }));
    await moto.setPace(STANDS_STILL);
    await moto.clearCalls();
    const time = new AbortController();
    const running = run('2026-11-27T18:00:00Z', { signal: time.signal });
    await eventually(async () => assert.ok((await moto.calls()).some(({ action }) => action === 'cloudformation:DeleteStack')));
    const up = performance.now();
    time.abort();
    assert.deepEqual((await running).cutOff, ['demo']);
    assert.ok(performance.now() - up < patient(5_000));
    assert.deepEqual((await run('2026-11-27T18:00:00Z', { perLab: 300 })).cutOff, ['demo']);
    await moto.setPace(0);
    assert.deepEqual((await run('2026-11-27T18:10:00Z')).gone, ['demo']);
    await assertClean();
    assert.deepEqual(subjects(), ['Lab demo is gone']);
  });

  test('a lab whose end cannot be read is told once, and never deleted', async () => {
    const tagSet = tagList(tagsOfLab(lab, { 'oo-install:expires': 'tomorrow' }));
    const wanted = {
      AvailabilityZone: 'eu-central-1a',
      Size: 1,
      TagSpecifications: [{ ResourceType: 'volume' as const, Tags: tagSet }],
    };
    await aws.ec2.send(new CreateVolumeCommand(wanted));
    // One that could be read does not help: who knows which of them was meant.
    const { VolumeId } = await aws.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1 }));
    await aws.ec2.send(new CreateTagsCommand({ Resources: [VolumeId!], Tags: tagList(tags) }));
    const before = await others();
    for (const now of ['2026-11-27T18:00:00Z', '2036-11-27T18:00:00Z']) assert.deepEqual((await run(now)).endless, ['demo']);
    assert.deepEqual(subjects(), ['Lab demo has no end']);
    assert.match(told[0]!.message, /no tag oo-install:expires that could be read/);
    assert.deepEqual(await others(), before);
  });

  test('what is no name of a lab is no lab, whatever its tags say', async () => {
    for (const name of ['*', '../demo', 'x'.repeat(21), '']) {
      const { VolumeId } = await aws.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1 }));
      const Tags = tagList(tagsOfLab({ name, id: lab.id }, { 'oo-install:expires': end }));
      await aws.ec2.send(new CreateTagsCommand({ Resources: [VolumeId!], Tags }));
    }
    const before = await others();
    const result = await run('2026-11-27T18:00:00Z');
    assert.deepEqual([result.gone, result.endless, result.troubles], [[], [], []]);
    assert.deepEqual(await others(), before);
  });

  test('a lab that is being changed, or that was given more time meanwhile, stays', async () => {
    await moto.setPace(STANDS_STILL);
    const template = { Resources: { One: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.9.0.0/16' } } } };
    const stack = { StackName: 'oo-lab-demo-network', TemplateBody: JSON.stringify(template), Tags: tagList(tags) };
    await aws.cloudformation.send(new CreateStackCommand(stack));
    assert.deepEqual((await run('2026-11-27T18:00:00Z')).changing, ['demo']);
    await moto.setPace(0);
    await eventually(async () => {
      const { Stacks = [] } = await aws.cloudformation.send(new DescribeStacksCommand({}));
      return Stacks[0]?.StackStatus === 'CREATE_COMPLETE';
    });
    await moto.reset();
    await deployLab(aws, sampleLab(['ana'], { expires: end }));
    const before = await others();
    // It looks twice: the second time the end lies ahead.
    const times = ['2026-11-27T18:00:00Z', '2026-11-27T16:30:00Z'].map((time) => Date.parse(time)).values();
    const clock = { ...systemClock, now: () => times.next().value ?? 0 };
    assert.deepEqual((await run('', { clock })).changing, ['demo']);
    assert.deepEqual(await others(), before);
  });

  test('a stack whose making was never carried out is taken away as any other', async () => {
    const template = { Resources: { One: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.9.0.0/16' } } } };
    const changes = { ChangeSetName: 'never', ChangeSetType: 'CREATE' as const, TemplateBody: JSON.stringify(template) };
    const stack = { StackName: 'oo-lab-demo-network', Tags: tagList(tags), ...changes };
    await aws.cloudformation.send(new CreateChangeSetCommand(stack));
    const { Stacks = [] } = await aws.cloudformation.send(new DescribeStacksCommand({}));
    assert.equal(Stacks[0]?.StackStatus, 'REVIEW_IN_PROGRESS');
    assert.deepEqual((await run('2026-11-27T18:00:00Z')).gone, ['demo']);
  });

  test('an account that does not say which labs there are makes the run fail', async () => {
    await deployLab(aws, sampleLab(['ana'], { expires: end }));
    for (const action of ['cloudformation:DescribeStacks', 'ec2:DescribeVolumes', 'ssm:GetParametersByPath']) {
      await moto.fault({ action, kind: 'deny' });
      await assert.rejects(run('2026-11-27T18:00:00Z'), new RegExp(action));
      await moto.clearFaults();
    }
  });

  test('what cannot be told or remembered does not keep a lab from going, and fails the run', async () => {
    await deployLab(aws, sampleLab(['ana'], { expires: end }));
    await moto.fault({ action: 'ssm:PutParameter', kind: 'deny' });
    const notices = { tell: () => Promise.reject(new Error('no such topic')) };
    const result = await run('2026-11-27T18:00:00Z', { notices });
    assert.deepEqual(result.gone, ['demo']);
    assert.match(
      result.troubles.join('\n'),
      /could not remember it: .*ssm:PutParameter.*\n.*could not tell that it is gone: no such topic/s,
    );
    await moto.clearFaults();
    await assertClean();
  });
});

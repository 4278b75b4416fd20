import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  AttachVolumeCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { auditLab } from '../../lib/installer/lab/aws/audit/audit.ts';
import { type AwsClients, awsClients } from '../../lib/installer/lab/aws/clients.ts';
import { downLab, remainsOf } from '../../lib/installer/lab/aws/sweep/down-lab.ts';
import { artifactBucketName, type LabDefinition } from '../../lib/stacks/lab-definition.ts';
import { deployLab } from '../support/aws/deploy-lab.ts';
import { inventory } from '../support/aws/inventory.ts';
import { makeAccountThings, makeMachines, tagList, tagsOfLab, type Things } from '../support/aws/lab-things.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { sampleLab } from '../support/aws/sample-lab.ts';
import { patient } from '../support/patience.ts';

const lab = { name: 'demo', id: '0123456789ab' };
const patience = { poll: 10, backoff: { base: 10, cap: 50 }, sweep: patient(30_000), stack: patient(120_000), attempts: 2 };
const once = { patience: { timeout: 0, backoff: { base: 1, cap: 1 } } };

describe('a lab on AWS is taken away', { skip: motoMissing }, () => {
  let moto: Moto;
  let aws: AwsClients;
  let told: string[] = [];
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

  const down = (signal = new AbortController().signal) =>
    downLab(aws, lab, ({ subject, state, message }) => void told.push(`${state} ${subject} ${message}`), signal, patience);
  const deploy = (names: readonly string[], changes: Partial<LabDefinition> = {}) => deployLab(aws, sampleLab(names, changes));
  const assertClean = async () => {
    const { clean, asked, errors } = await auditLab(aws, lab, once);
    assert.ok(clean, JSON.stringify([asked.filter(({ left }) => left.length > 0), errors]));
  };
  /** Where the lab's hosts are. */
  const network = async () => {
    const mine = Object.entries(tagsOfLab(lab)).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
    const [subnet] = (await aws.ec2.send(new DescribeSubnetsCommand({ Filters: mine }))).Subnets!;
    const [group] = (await aws.ec2.send(new DescribeSecurityGroupsCommand({ Filters: mine }))).SecurityGroups!;
    return { vpc: subnet!.VpcId!, subnet: subnet!.SubnetId!, group: group!.GroupId! };
  };
  const letIn = (GroupId: string, from: string) =>
    aws.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ IpProtocol: 'tcp', FromPort: 1, ToPort: 2, UserIdGroupPairs: [{ GroupId: from }] }],
      }),
    );
  const stray = async (vpc: string, name: string) => {
    const wanted = { VpcId: vpc, GroupName: name, Description: 'made by hand' };
    return (await aws.ec2.send(new CreateSecurityGroupCommand(wanted))).GroupId!;
  };

  test('with everything that others left in its network, and nothing else of the account changes', async () => {
    // Twins: another lab of the same name, one whose name begins with ours, one of the tags alone, and no tag at all.
    const twins = [
      tagsOfLab({ ...lab, id: 'ffffffffffff' }),
      tagsOfLab({ ...lab, name: 'demo-2' }),
      { 'oo-install:lab': 'demo' },
    ];
    const made: Things[] = [];
    for (const [index, tags] of [...twins, { 'oo-install:lab-id': lab.id }].entries()) {
      made.push(await makeMachines(aws, moto.imageId, tags, `oo-lab-demo-twin-${index}`));
      await makeAccountThings(aws, `oo-lab-demo-twin-${index}`, 'ffffffffffff', tags);
    }
    await makeAccountThings(aws, 'oo-lab-demo', 'without-tags', {});
    const volume = await aws.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'eu-central-1a', Size: 1 }));
    await aws.ec2.send(
      new CreateTagsCommand({ Resources: [volume.VolumeId!], Tags: [{ Key: 'Name', Value: 'oo-lab-demo-ana-1' }] }),
    );
    const before = await inventory(aws);

    await deploy(['ana', 'bo'], { install: 's3', awsAccounts: true });
    // A host of ours in a network of others.
    const shared = { SubnetId: made[0]!.get('subnet')!, SecurityGroupIds: [made[0]!.get('security group')!] };
    const { Instances } = await aws.ec2.send(
      new RunInstancesCommand({ ImageId: moto.imageId, MinCount: 1, MaxCount: 1, ...shared }),
    );
    await aws.ec2.send(new CreateTagsCommand({ Resources: [Instances![0]!.InstanceId!], Tags: tagList(tagsOfLab(lab)) }));
    // A volume of others at a host of ours, circles of security groups, interfaces, a bucket with something in it.
    const { vpc, subnet, group } = await network();
    const hosts = await aws.ec2.send(new DescribeInstancesCommand({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] }));
    const InstanceId = hosts.Reservations![0]!.Instances![0]!.InstanceId!;
    await aws.ec2.send(new AttachVolumeCommand({ Device: '/dev/sdz', VolumeId: volume.VolumeId!, InstanceId }));
    const [one, other] = [await stray(vpc, 'one'), await stray(vpc, 'other')];
    for (const [to, from] of [
      [one, other],
      [other, one],
      [group, one],
      [one, group],
    ] as const)
      await letIn(to, from);
    await aws.ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnet, Groups: [one, group] }));
    await makeMachines(aws, moto.imageId, tagsOfLab(lab), 'hand');
    await makeAccountThings(aws, 'oo-lab-demo-hand', lab.id, tagsOfLab(lab));
    const Bucket = artifactBucketName(lab);
    for (const Body of ['one', 'two']) await aws.s3.send(new PutObjectCommand({ Bucket, Key: 'archive', Body }));

    await down();
    await assertClean();
    assert.deepEqual(await remainsOf(aws, lab), []);
    const settled = (await inventory(aws)).filter((line) => !line.startsWith('parameter /cdk-bootstrap/'));
    assert.deepEqual(settled, before);
    assert.ok(
      told.some((line) => /running oo-lab-demo-\S+ DELETE_FAILED/.test(line)),
      'nothing of this ever kept a stack from going',
    );
    // And once more: there is nothing to do.
    told = [];
    await down();
    assert.deepEqual(told, []);
  });

  test('only looking changes nothing, and tells all of it', async () => {
    await deploy(['ana']);
    await makeAccountThings(aws, 'oo-lab-demo-hand', lab.id, tagsOfLab(lab));
    const before = await inventory(aws);
    await moto.clearCalls();
    const remains = await remainsOf(aws, lab);
    const verbs = (await moto.calls()).map(({ action }) => action.split(':')[1]!);
    assert.deepEqual(
      verbs.filter((verb) => !/^(Describe|List|Get)/.test(verb)),
      [],
    );
    assert.deepEqual(await inventory(aws), before);
    for (const type of ['stack', 'instance', 'volume', 'VPC', 'user', 'role', 'bucket', 'parameter']) {
      assert.ok(
        remains.some((resource) => resource.type === type),
        `no ${type} is told`,
      );
    }
  });

  test('cut off anywhere by a token that expires, the next run goes on', async () => {
    await deploy(['ana', 'bo'], { install: 's3' });
    await makeMachines(aws, moto.imageId, tagsOfLab(lab), 'hand');
    await makeAccountThings(aws, 'oo-lab-demo-hand', lab.id, tagsOfLab(lab));
    for (let cut = 5, runs = 0; ; cut += 15, runs += 1) {
      await moto.clearFaults();
      await moto.fault({ action: '*', kind: 'expire', after: cut });
      const ended = await down().then(
        () => 'gone',
        (error: Error) => error.name,
      );
      if (ended === 'gone') {
        assert.ok(runs > 3, `only ${runs} were cut off`);
        break;
      }
      assert.match(ended, /Expired/);
    }
    await moto.clearFaults();
    await assertClean();
  });

  test('Ctrl-C ends it at once, and the next run goes on', async () => {
    await deploy(['ana']);
    await moto.setPace(100);
    const interrupt = new AbortController();
    const cut = down(interrupt.signal);
    setTimeout(() => interrupt.abort(new Error('interrupted')), 500);
    await assert.rejects(cut, /interrupted|aborted/);
    await moto.setPace(0);
    await down();
    await assertClean();
  });

  test('a stack that will not go is tried again; at last its record goes, and what it left is swept', async () => {
    await deploy(['ana']);
    // Three deletions of the stack; in between two rounds of sweeping and one, which meets nothing new. Then it is let go.
    await moto.fault({ action: 'ec2:DeleteVpc', kind: 'deny', times: 6 });
    await down();
    await assertClean();
    const tries = told.filter((line) => line.startsWith('running oo-lab-demo-network DELETE_FAILED'));
    assert.equal(tries.length, patience.attempts);
    assert.match(tries[0]!, /vpc-[0-9a-f]+: .*ec2:DeleteVpc/);
    assert.ok(told.includes('done oo-lab-demo-network deleted its record; what it left is swept'), told.join('\n'));
  });

  test('what nobody may take away is told with its reason, the rest goes, and the audit says what is left', async () => {
    await makeMachines(aws, moto.imageId, tagsOfLab(lab), 'hand');
    await moto.fault({ action: 'ec2:DeleteVolume', kind: 'deny' });
    await assert.rejects(down(), {
      code: 'LAB_SWEEP_INCOMPLETE',
      message: /volume vol-[0-9a-f]+: UnauthorizedOperation: .*ec2:DeleteVolume/,
    });
    const { asked } = await auditLab(aws, lab, once);
    assert.deepEqual(
      asked.filter(({ left }) => left.length > 0).map(({ type }) => type),
      ['volume'],
    );
  });

  test('what cannot be looked for is told, and nothing is called gone', async () => {
    await moto.fault({ action: 'iam:ListRoles', kind: 'deny' });
    await assert.rejects(down(), { code: 'LAB_SWEEP_INCOMPLETE', message: /role: AccessDenied: .*iam:ListRoles/ });
    await assert.rejects(remainsOf(aws, lab), /iam:ListRoles/);
  });

  test('a stack that somebody protects stays whole, and is named', async () => {
    await deployLab(aws, sampleLab(['ana']), 'oo-lab-demo-hosts-0');
    const before = await inventory(aws);
    await assert.rejects(down(), { code: 'LAB_SWEEP_INCOMPLETE', message: /oo-lab-demo-hosts-0: .*TerminationProtection/ });
    assert.deepEqual(await inventory(aws), before);
    const { Stacks = [] } = await aws.cloudformation.send(new DescribeStacksCommand({}));
    assert.equal(Stacks.length, 3);
  });

  test('an identity that is a pattern is refused before anything is asked', async () => {
    await deploy(['ana']);
    await moto.clearCalls();
    for (const [name, id] of [
      ['*', '*'],
      ['demo', '????????????'],
      ['de*', lab.id],
      ['', ''],
    ] as const) {
      await assert.rejects(
        downLab(aws, { name, id }, () => {}, new AbortController().signal),
        { code: 'LAB_IDENTITY_INVALID' },
      );
      await assert.rejects(remainsOf(aws, { name, id }), { code: 'LAB_IDENTITY_INVALID' });
    }
    assert.deepEqual(await moto.calls(), []);
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  EC2Client,
  type Instance,
} from '@aws-sdk/client-ec2';
import { packageRoot } from '../../lib/common/assets.ts';
import type { LabDefinition } from '../../lib/stacks/lab-definition.ts';
import { type CdkCli, cdkCli } from '../support/aws/cdk-cli.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { sampleLab } from '../support/aws/sample-lab.ts';

/** The plain CDK CLI, as docs/labs-with-cdk.md tells it. What it did is asked from EC2, and never taken from what it says. */
describe('npx cdk on a lab', { skip: motoMissing }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'oo-cdk-'));
  let moto: Moto;
  let cli: CdkCli;
  let ec2: EC2Client;
  let cloudformation: CloudFormationClient;

  before(async () => {
    moto = await startMoto();
    const account = {
      region: 'eu-central-1',
      endpoint: moto.endpoint,
      credentials: { accessKeyId: 'testing', secretAccessKey: 'testing' },
    };
    ec2 = new EC2Client(account);
    cloudformation = new CloudFormationClient(account);
    cli = cdkCli(moto, dir);
    cli.define(sampleLab(['ana', 'bo']));
    await cli.bootstrap();
  });
  after(async () => {
    ec2?.destroy();
    cloudformation?.destroy();
    await moto?.[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  });

  const tag = (instance: Instance, key: string) => instance.Tags?.find(({ Key }) => Key === key)?.Value ?? '';
  /** Host: instance id, of those that are there. */
  const running = async (): Promise<Record<string, string>> => {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const found = Reservations.flatMap(({ Instances = [] }) => Instances).filter(({ State }) => State?.Name === 'running');
    return Object.fromEntries(
      found.map((each) => [tag(each, 'oo-install:host'), each.InstanceId!] as const).toSorted(([a], [b]) => a.localeCompare(b)),
    );
  };
  const deploy = async (lab: LabDefinition, ...options: string[]) => {
    cli.define(lab);
    const result = await cli.cdk('deploy', '--all', '--require-approval', 'never', '--concurrency', '4', ...options);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result.stdout + result.stderr;
  };

  test('list tells the stacks without an account', async () => {
    const { stdout, code } = await cli.cdk('list');
    assert.equal(code, 0);
    const named = stdout.split('\n').map((line) => line.trim());
    for (const part of ['network', 'access', 'hosts-0']) assert.ok(named.includes(`oo-lab-demo-${part}`), stdout);
  });

  test('deploy makes the hosts, as they were asked for', async () => {
    await deploy(sampleLab(['ana', 'bo'], { awsAccounts: true, install: 's3' }), '--method', 'direct');
    assert.deepEqual(Object.keys(await running()), ['ana-1', 'bo-1']);
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const ana = Reservations.flatMap(({ Instances = [] }) => Instances).find((each) => tag(each, 'oo-install:host') === 'ana-1')!;
    assert.equal(ana.MetadataOptions?.HttpTokens, 'required');
    assert.equal(ana.MetadataOptions?.HttpPutResponseHopLimit, 1);
    assert.match(ana.KeyName ?? '', /^oo-lab-demo-ana-/);
    assert.match(ana.IamInstanceProfile?.Arn ?? '', /HostProfile/);
    assert.ok(ana.PublicIpAddress);
    const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({}));
    assert.equal(Volumes.length, 4);
    for (const volume of Volumes) {
      assert.equal(volume.Encrypted, true);
      assert.equal(volume.VolumeType, 'gp3');
      assert.equal(volume.Tags?.find(({ Key }) => Key === 'oo-install:lab-id')?.Value, '0123456789ab');
    }
    const { SecurityGroups = [] } = await ec2.send(
      new DescribeSecurityGroupsCommand({ GroupIds: ana.SecurityGroups?.map(({ GroupId }) => GroupId!) }),
    );
    const doors = SecurityGroups.flatMap(({ IpPermissions = [] }) => IpPermissions).map(({ FromPort, IpRanges = [] }) =>
      [FromPort, ...IpRanges.map(({ CidrIp }) => CidrIp)].join(' '),
    );
    assert.ok(doors.includes('22 203.0.113.7/32') && doors.includes('8443 203.0.113.0/24'), doors.join(', '));
  });

  test('deploying once more changes nothing, and diff says so', async () => {
    const lab = sampleLab(['ana', 'bo'], { awsAccounts: true, install: 's3' });
    const hosts = await running();
    await moto.clearCalls();
    assert.match(await deploy(lab, '--method', 'direct'), /no changes/);
    assert.deepEqual(await running(), hosts);
    const changing = (await moto.calls()).filter(({ action }) => /^cloudformation:(Create|Update|Delete|Execute)/.test(action));
    assert.deepEqual(changing, []);
    const diff = await cli.cdk('diff', '--method', 'template', '--fail');
    assert.equal(diff.code, 0, diff.stdout + diff.stderr);
  });

  test("who comes gets a host, who leaves loses theirs, and nobody else's is touched", async () => {
    const before = await running();
    cli.define(sampleLab(['ana', 'cy'], { awsAccounts: true, install: 's3' }));
    const diff = await cli.cdk('diff', '--method', 'template');
    assert.match(diff.stdout + diff.stderr, /\[\+\] AWS::EC2::Instance Host-cy-1/);
    assert.match(diff.stdout + diff.stderr, /\[-\] AWS::EC2::Instance Host-bo-1/);
    await deploy(sampleLab(['ana', 'cy'], { awsAccounts: true, install: 's3' }));
    const now = await running();
    assert.deepEqual(Object.keys(now), ['ana-1', 'cy-1']);
    assert.equal(now['ana-1'], before['ana-1']);
    const { KeyPairs = [] } = await ec2.send(new DescribeKeyPairsCommand({}));
    assert.deepEqual(KeyPairs.map(({ KeyName }) => KeyName!.split('-')[3]).toSorted(), ['ana', 'cy']);
  });

  test('a longer lab, another image and other user data leave every host as it is', async () => {
    const before = await running();
    const lab = sampleLab(['ana', 'cy'], { awsAccounts: true, install: 's3', expires: '2026-11-30T17:00:00Z' });
    const host = { ...lab.host, imageId: 'ami-000c540e28953ace2', userData: { ...lab.host.userData, 'ana-1': 'bmV3' } };
    await deploy({ ...lab, host }, '--method', 'direct');
    assert.deepEqual(await running(), before);
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [before['ana-1']!] }));
    assert.equal(tag(Reservations[0]!.Instances![0]!, 'oo-install:expires'), '2026-11-30T17:00:00Z');
  });

  test('a new generation replaces that host and no other', async () => {
    const before = await running();
    const lab = sampleLab(['ana', 'cy'], { awsAccounts: true, install: 's3', expires: '2026-11-30T17:00:00Z' });
    await deploy({ ...lab, host: { ...lab.host, generations: { 'ana-1': 1 } } }, '--method', 'direct');
    const now = await running();
    assert.deepEqual(Object.keys(now), ['ana-1', 'cy-1']);
    assert.notEqual(now['ana-1'], before['ana-1']);
    assert.equal(now['cy-1'], before['cy-1']);
  });

  test('a definition that is wrong is refused before anything is asked', async () => {
    await moto.clearCalls();
    cli.define({ ...sampleLab(['ana']), region: 'mars' });
    const { code, stdout, stderr } = await cli.cdk('deploy', '--all', '--require-approval', 'never');
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /region: "mars" is no region such as eu-central-1/);
    assert.deepEqual(
      (await moto.calls()).filter(({ action }) => action.startsWith('cloudformation:')),
      [],
    );
  });

  test('destroy leaves nothing', async () => {
    cli.define(sampleLab(['ana', 'cy'], { awsAccounts: true, install: 's3' }));
    const { code, stdout, stderr } = await cli.cdk('destroy', '--all', '--force');
    assert.equal(code, 0, stdout + stderr);
    assert.deepEqual(await running(), {});
    const { Stacks = [] } = await cloudformation.send(new DescribeStacksCommand({}));
    assert.deepEqual(
      Stacks.map(({ StackName }) => StackName),
      ['CDKToolkit'],
    );
    assert.deepEqual((await ec2.send(new DescribeVolumesCommand({}))).Volumes, []);
    assert.deepEqual((await ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs, []);
    assert.deepEqual((await ec2.send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates, []);
    assert.deepEqual(
      (await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.map(({ IsDefault }) => IsDefault),
      [true],
    );
  });

  test('every command of docs/labs-with-cdk.md does what it says, from lab.yaml', async () => {
    await moto.reset();
    const commands = [...readFileSync(join(packageRoot(), 'docs', 'labs-with-cdk.md'), 'utf8').matchAll(/^npx cdk (.+)$/gm)].map(
      (match) => match[1]!,
    );
    assert.deepEqual(
      commands.map((command) => command.split(' ')[0]),
      ['bootstrap', 'list', 'synth', 'diff', 'deploy', 'destroy'],
    );
    const unasked: Readonly<Record<string, readonly string[]>> = {
      deploy: ['--require-approval', 'never'],
      destroy: ['--force'],
    };
    const said: Record<string, string> = {};
    let deployed: string[] = [];
    for (const command of commands) {
      const [verb = '', ...rest] = command.split(' ');
      const { code, stdout, stderr } = await cli.run(verb, ...rest, ...(unasked[verb] ?? []));
      assert.equal(code, 0, `npx cdk ${command}: ${stdout}${stderr}`);
      said[verb] = stdout + stderr;
      if (verb === 'deploy') deployed = Object.keys(await running());
    }
    assert.match(said['list']!, /^oo-lab-demo-hosts-0$/m);
    assert.match(said['diff']!, /\[\+\] AWS::EC2::Instance Host-bo-1/);
    assert.deepEqual(deployed, ['ana-1', 'bo-1']);
    assert.deepEqual(await running(), {});
    const kept = readdirSync(join(dir, 'state', 'oo-install', 'labs', 'demo', 'keys')).filter((name) => !name.endsWith('.pub'));
    assert.deepEqual(kept.toSorted(), ['ana', 'bo', 'oo-install']);
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeInstancesCommand, EC2Client, type Instance, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { awsProvider } from '../../lib/installer/lab/aws/aws-provider.ts';
import { awsLab, type AwsLab } from '../support/aws/aws-lab.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { patient } from '../support/patience.ts';

/** The life of a lab on AWS through the CDK's real toolkit. What became of it is asked from EC2, and never taken from what we say. */
describe('a lab on AWS', { skip: motoMissing }, () => {
  const names = Array.from({ length: 10 }, (_, index) => `a${index + 1}`);
  const provider = awsProvider({
    poll: 50,
    patience: patient(120_000),
    audit: { patience: { timeout: 300, backoff: { base: 100, cap: 100 } } },
  });
  const env = { ...process.env };
  let moto: Moto;
  let ec2: EC2Client;
  let lab: AwsLab;

  before(async () => {
    moto = await startMoto();
    Object.assign(process.env, moto.env);
    ec2 = new EC2Client({});
    lab = awsLab(moto.imageId);
  });
  after(async () => {
    ec2?.destroy();
    process.env = env;
    await moto?.[Symbol.asyncDispose]();
  });

  const tag = (instance: Instance, key: string) => instance.Tags?.find(({ Key }) => Key === key)?.Value ?? '';
  /** Host: instance id. */
  const inState = async (state: string): Promise<Record<string, string>> => {
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
    const found = Reservations.flatMap(({ Instances = [] }) => Instances).filter(({ State }) => State?.Name === state);
    return Object.fromEntries(found.map((each) => [tag(each, 'oo-install:host'), each.InstanceId!] as const).toSorted());
  };
  const running = () => inState('running');
  const hostsOf = (attendees: readonly string[]) => attendees.map((name) => `${name}-1`).toSorted();

  test('plan tells what will be made, and makes nothing', async () => {
    const plan = await provider.plan(lab.context(names, { looking: true }));
    assert.equal(plan.where, 'account 123456789012 in eu-central-1');
    assert.deepEqual(plan.hosts, { create: names.map((name) => `${name}-1`), keep: [], replace: [], remove: [] });
    assert.deepEqual(plan.problems, []);
    assert.equal(plan.resources.find(({ what }) => what === 'EC2 Instance')?.count, 10);
    assert.equal(plan.resources.find(({ what }) => what === 'stack')?.count, 4);
    const changing = (await moto.calls()).filter(({ action }) => !/:(Describe|Get|List|Head)/.test(action));
    assert.deepEqual(changing, []);
  });

  test('up makes ten hosts that run and have published their keys', async () => {
    const hosts = await provider.up(lab.context(names));
    assert.deepEqual(Object.keys(await running()), hostsOf(names));
    assert.equal(hosts.length, 10);
    for (const host of hosts) {
      assert.equal(host.state, 'running');
      assert.match(host.ssh?.address ?? '', /^\d+\.\d+\.\d+\.\d+$/);
      assert.match(host.hostKeys[0] ?? '', /^SHA256:/);
    }
    assert.ok(
      lab.told.some(({ subject, message }) => subject === 'oo-lab-demo-hosts-0' && /Instance.* CREATE_COMPLETE/.test(message)),
    );
    assert.equal(lab.state().aws?.imageId, moto.imageId);
  });

  test('up once more changes nothing', async () => {
    const there = await running();
    await moto.clearCalls();
    await provider.up(lab.context(names));
    assert.deepEqual(await running(), there);
    const changing = (await moto.calls()).filter(({ action }) =>
      /:(Create|Update|Delete|Execute|Run|Terminate|Start|Stop)/.test(action),
    );
    assert.deepEqual(changing, []);
  });

  test('a host that was terminated by hand is told, and made anew; nobody else loses theirs', async () => {
    const there = await running();
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [there['a3-1']!] }));
    const plan = await provider.plan(lab.context(names, { looking: true }));
    assert.deepEqual(plan.hosts.replace, ['a3-1']);
    assert.equal(plan.hosts.keep.length, 9);
    await provider.up(lab.context(names));
    const now = await running();
    assert.deepEqual(Object.keys(now), hostsOf(names));
    assert.notEqual(now['a3-1'], there['a3-1']);
    assert.deepEqual({ ...now, 'a3-1': '' }, { ...there, 'a3-1': '' });
  });

  test('who comes gets a host, who leaves loses theirs', async () => {
    const there = await running();
    const changed = ['a1', 'a2', 'a3', 'zoe'];
    const plan = await provider.plan(lab.context(changed, { looking: true }));
    assert.deepEqual(plan.hosts.create, ['zoe-1']);
    assert.equal(plan.hosts.remove.length, 7);
    await provider.up(lab.context(changed));
    const now = await running();
    assert.deepEqual(Object.keys(now), hostsOf(changed));
    assert.equal(now['a3-1'], there['a3-1']);
  });

  test('stop stops all hosts, start starts the same ones', async () => {
    const there = await running();
    const attendees = ['a1', 'a2', 'a3', 'zoe'];
    await provider.stop(lab.context(attendees));
    assert.deepEqual(await inState('stopped'), there);
    const stopped = await provider.hosts(lab.context(attendees));
    assert.deepEqual(new Set(stopped.map(({ state }) => state)), new Set(['stopped']));
    await provider.start(lab.context(attendees));
    assert.deepEqual(await running(), there);
  });

  test('extend moves the end in the tags that the janitor reads, and touches no host', async () => {
    const there = await running();
    const end = new Date('2031-01-01T10:00:00.000Z');
    await provider.extend(lab.context(['a1', 'a2', 'a3', 'zoe']), end);
    assert.deepEqual(await running(), there);
    const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [there['zoe-1']!] }));
    assert.equal(tag(Reservations[0]!.Instances![0]!, 'oo-install:expires'), end.toISOString());
  });

  test('down leaves nothing, and the audit says so', async () => {
    const context = lab.context(['a1', 'a2', 'a3', 'zoe']);
    assert.ok((await provider.remains(context)).some(({ type }) => type === 'instance'));
    assert.equal((await provider.audit(context)).clean, false);
    await provider.down(context);
    assert.deepEqual(await running(), {});
    const audit = await provider.audit(context);
    assert.deepEqual(audit.errors, []);
    assert.deepEqual(
      audit.asked.flatMap(({ left }) => left),
      [],
    );
    assert.equal(audit.clean, true);
  });
});

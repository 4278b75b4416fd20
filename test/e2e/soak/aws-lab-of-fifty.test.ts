import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { awsProvider } from '../../../lib/installer/lab/aws/aws-provider.ts';
import { awsLab, type AwsLab } from '../../support/aws/aws-lab.ts';
import { type Moto, motoMissing, startMoto } from '../../support/aws/moto.ts';

/** A whole class on the emulated account, which throttles one call in so many: what is asked again, and how much at once, is ours. */
describe('a lab of fifty on AWS', { skip: motoMissing }, () => {
  const names = Array.from({ length: 50 }, (_, index) => `a${index + 1}`);
  const provider = awsProvider({ poll: 200, patience: 300_000 });
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

  /** In pages, as EC2 answers. */
  async function inState(state: string): Promise<number> {
    let count = 0;
    for (let NextToken: string | undefined; ;) {
      const page = await ec2.send(
        new DescribeInstancesCommand({ MaxResults: 100, ...(NextToken === undefined ? {} : { NextToken }) }),
      );
      for (const { Instances = [] } of page.Reservations ?? [])
        count += Instances.filter(({ State }) => State?.Name === state).length;
      NextToken = page.NextToken;
      if (NextToken === undefined) return count;
    }
  }

  test('up makes fifty hosts, though calls are throttled', async (t) => {
    for (const action of ['ec2:GetConsoleOutput', 'ec2:DescribeInstances', 'cloudformation:DescribeStacks'])
      await moto.fault({ action, kind: 'throttle', times: 5 });
    const began = performance.now();
    const hosts = await provider.up(lab.context(names));
    t.diagnostic(`up of 50: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    assert.equal(hosts.length, 50);
    assert.ok(hosts.every(({ state, hostKeys }) => state === 'running' && hostKeys.length > 0));
    assert.equal(await inState('running'), 50);
    const throttled = (await moto.calls()).filter(({ refused }) => refused === 'throttle');
    t.diagnostic(`${throttled.length} calls were refused and asked again`);
  });

  test('down takes all of it away, though calls are throttled, and the audit finds nothing', async (t) => {
    for (const action of ['ec2:DescribeVolumes', 'ec2:DescribeNetworkInterfaces', 'iam:ListRoles', 'ec2:DescribeInstances'])
      await moto.fault({ action, kind: 'throttle', times: 5 });
    const began = performance.now();
    await provider.down(lab.context(names));
    const down = performance.now();
    const audit = await provider.audit(lab.context(names));
    t.diagnostic(
      `down of 50: ${((down - began) / 1000).toFixed(1)} s, audit ${((performance.now() - down) / 1000).toFixed(1)} s`,
    );
    assert.deepEqual(audit.errors, []);
    assert.deepEqual(
      audit.asked.flatMap(({ left }) => left),
      [],
    );
    assert.ok(audit.clean);
    assert.equal(await inState('running'), 0);
  });
});

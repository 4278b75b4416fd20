import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { auditLab } from '../../lib/installer/lab/aws/audit/audit.ts';
import { type AwsClients, awsClients } from '../../lib/installer/lab/aws/clients.ts';
import { runJanitor } from '../../lib/installer/lab/aws/janitor/janitor.ts';
import { topicNotices } from '../../lib/installer/lab/aws/janitor/notices.ts';
import { permissionsFor } from '../support/aws/called-actions.ts';
import { deployLab } from '../support/aws/deploy-lab.ts';
import { entangleAccess, entangleMachines } from '../support/aws/entangle-things.ts';
import { janitorStatements } from '../support/aws/janitor-statements.ts';
import { makeAccountThings, makeMachines, tagsOfLab } from '../support/aws/lab-things.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { sampleLab } from '../support/aws/sample-lab.ts';
import { patient } from '../support/patience.ts';

const lab = { name: 'demo', id: '0123456789ab' };
const patience = { poll: 10, backoff: { base: 10, cap: 50 }, sweep: patient(60_000), stack: patient(120_000), attempts: 2 };
const once = { timeout: 0, backoff: { base: 1, cap: 1 } };
/** What Lambda itself does with the function's role. */
const ofLambda = ['logs:CreateLogStream', 'logs:PutLogEvents'];

describe('what the janitor asks an account for', { skip: motoMissing }, () => {
  let moto: Moto;
  let aws: AwsClients;
  before(async () => {
    moto = await startMoto();
    Object.assign(process.env, moto.env);
    aws = awsClients('eu-central-1');
  });
  after(() => moto?.[Symbol.asyncDispose]());

  test('is what its role allows: all of it, and nothing that it never asks for', async () => {
    const sns = new SNSClient({ region: 'eu-central-1' });
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: 'notices' }));
    // One of everything that has to be undone before it can be deleted, and a stack that does not go at once.
    await deployLab(aws, sampleLab(['ana'], { expires: '2026-11-27T17:00:00Z', install: 's3', awsAccounts: true }));
    await entangleMachines(aws, await makeMachines(aws, moto.imageId, tagsOfLab(lab), 'hand'));
    await entangleAccess(aws, await makeAccountThings(aws, 'oo-lab-demo-hand', lab.id, tagsOfLab(lab)));
    // The audit asks for the tags of what is named like a lab's: those of things that stay.
    await makeAccountThings(aws, 'oo-lab-demo-twin', 'ffffffffffff', {});
    await moto.fault({ action: 'ec2:DeleteVpc', kind: 'deny', times: 1 });
    await moto.clearCalls();
    const run = await runJanitor(aws, {
      notices: topicNotices(sns, TopicArn, () => undefined),
      noticeBefore: 3_600_000,
      signal: new AbortController().signal,
      clock: { monotonic: () => 0, now: () => Date.parse('2026-11-27T18:00:00Z'), sleep: () => Promise.resolve() },
      patience,
      audit: once,
      log: () => undefined,
    });
    assert.deepEqual([run.gone, run.troubles], [['demo'], []]);
    assert.ok((await auditLab(aws, lab, { patience: once })).clean);
    const asked = permissionsFor((await moto.calls()).map(({ action }) => action));
    const allowed = new Set(janitorStatements().flatMap(({ Action }) => Action));
    assert.deepEqual([...asked, ...ofLambda].toSorted(), [...allowed].toSorted());
  });
});

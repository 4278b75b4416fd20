import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { CreateVolumeCommand, DeleteVolumeCommand } from '@aws-sdk/client-ec2';
import { auditLab, questions } from '../../lib/installer/lab/aws/audit/audit.ts';
import { type AwsClients, awsClients } from '../../lib/installer/lab/aws/clients.ts';
import { makeAccountThings, makeMachines, tagList, tagsOfLab } from '../support/aws/lab-things.ts';
import { deployLab } from '../support/aws/deploy-lab.ts';
import { eventually } from '../support/eventually.ts';
import { type Moto, motoMissing, startMoto } from '../support/aws/moto.ts';
import { sampleLab } from '../support/aws/sample-lab.ts';

const lab = { name: 'demo', id: '0123456789ab' };
const once = { patience: { timeout: 0, backoff: { base: 1, cap: 1 } } };

describe('the audit of a lab on AWS', { skip: motoMissing }, () => {
  let moto: Moto;
  let aws: AwsClients;
  before(async () => {
    moto = await startMoto();
    Object.assign(process.env, moto.env);
    aws = awsClients('eu-central-1');
  });
  beforeEach(() => moto.reset());
  after(() => moto?.[Symbol.asyncDispose]());

  test('an account without the lab is clean, and every type was asked for', async () => {
    const audit = await auditLab(aws, lab, once);
    assert.deepEqual(audit.errors, []);
    assert.equal(audit.clean, true);
    assert.deepEqual(
      audit.asked.map(({ type }) => type),
      questions.map(({ type }) => type),
    );
  });

  test('one of each type that is left behind is found', async () => {
    const made = [
      ...(await makeMachines(aws, moto.imageId, tagsOfLab(lab), 'hand')),
      ...(await makeAccountThings(aws, 'oo-lab-demo-hand', lab.id, tagsOfLab(lab))),
    ];
    await deployLab(aws, sampleLab(['ana']));
    const { asked, clean } = await auditLab(aws, lab, once);
    assert.equal(clean, false);
    for (const [type, id] of [...made, ['stack', 'oo-lab-demo-network'] as const]) {
      const left = asked.find((question) => question.type === type)?.left ?? [];
      assert.ok(
        left.some((resource) => resource.id === id || resource.id.endsWith(`/${id}`)),
        `${type} ${id} is not found`,
      );
    }
    assert.deepEqual(questions.map(({ type }) => type).toSorted(), [...made.map(([type]) => type), 'stack'].toSorted());
  });

  test('look-alikes are not found: the same name with another id, a longer name, one of the tags alone', async () => {
    const twins = [
      tagsOfLab({ ...lab, id: 'ffffffffffff' }),
      tagsOfLab({ ...lab, name: 'demo-2' }),
      { 'oo-install:lab': lab.name },
      { 'oo-install:lab-id': lab.id },
    ];
    for (const [index, tags] of twins.entries()) {
      await makeMachines(aws, moto.imageId, tags, `twin-${index}`);
      await makeAccountThings(aws, `oo-lab-demo-${index}`, 'ffffffffffff', tags);
    }
    const audit = await auditLab(aws, lab, once);
    assert.deepEqual(
      audit.asked.flatMap(({ left }) => left),
      [],
    );
    assert.equal(audit.clean, true);
  });

  test('each call that it makes, denied, makes it fail and is named', async () => {
    await makeMachines(aws, moto.imageId, tagsOfLab(lab), 'hand');
    await makeAccountThings(aws, 'oo-lab-demo-hand', lab.id, tagsOfLab(lab));
    await moto.clearCalls();
    await auditLab(aws, lab, once);
    const actions = [...new Set((await moto.calls()).map(({ action }) => action))];
    assert.ok(actions.length >= questions.length, actions.join());
    for (const action of actions) {
      await moto.clearFaults();
      await moto.fault({ action, kind: 'deny' });
      const { clean, errors } = await auditLab(aws, lab, once);
      assert.equal(clean, false, action);
      assert.ok(
        errors.some(({ message }) => message.includes(action)),
        `${action}: ${JSON.stringify(errors)}`,
      );
    }
  });

  test('in an account where nothing may be asked it finds nothing, and is not clean', async () => {
    await moto.fault({ action: '*', kind: 'deny' });
    const { clean, errors } = await auditLab(aws, lab, once);
    assert.equal(clean, false);
    assert.equal(errors.length, questions.length);
  });

  test('what is throttled is asked again', async () => {
    await moto.fault({ action: 'ec2:DescribeVolumes', kind: 'throttle', times: 2 });
    assert.equal((await auditLab(aws, lab, once)).clean, true);
  });

  test('what AWS goes on telling of for a while is asked for again before it is told to be left', async () => {
    const Tags = tagList(tagsOfLab(lab));
    const volume = { AvailabilityZone: 'eu-central-1a', Size: 1, TagSpecifications: [{ ResourceType: 'volume' as const, Tags }] };
    const { VolumeId } = await aws.ec2.send(new CreateVolumeCommand(volume));
    assert.equal((await auditLab(aws, lab, once)).clean, false);
    await moto.clearCalls();
    const audit = auditLab(aws, lab, { patience: { timeout: 120_000, backoff: { base: 50, cap: 50 } } });
    await eventually(async () => (await moto.calls()).filter(({ action }) => action === 'ec2:DescribeVolumes').length > 1);
    await aws.ec2.send(new DeleteVolumeCommand({ VolumeId }));
    assert.equal((await audit).clean, true);
    // Only what had something left was asked for again.
    assert.equal((await moto.calls()).filter(({ action }) => action === 'ec2:DescribeSnapshots').length, 1);
  });
});

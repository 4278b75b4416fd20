import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { certificateCleanerController } from '../../../../lib/platform/controllers/certificate-cleaner-controller.ts';
import { CERTIFICATE_SIGNING_REQUESTS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startControllers } from '../../../support/run-controllers.ts';

const HOUR = 3_600_000;
const request = (name: string): KubeObject => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name },
  spec: {},
});

test('a request goes an hour after its decision, and a day after it was made when there is none', async () => {
  await using rig = startControllers([certificateCleanerController()]);
  const names = async (): Promise<string[]> =>
    (await rig.list(CERTIFICATE_SIGNING_REQUESTS)).map(({ metadata }) => metadata.name!);
  const decide = async (object: KubeObject, type: string): Promise<void> => {
    const lastUpdateTime = new Date(rig.verbs.clock.now()).toISOString();
    await rig.setStatus(CERTIFICATE_SIGNING_REQUESTS, object, { conditions: [{ type, status: 'True', lastUpdateTime }] });
  };
  const [approved, denied] = [request('approved'), request('denied')];
  for (const object of [approved, denied, request('pending')]) await rig.create(CERTIFICATE_SIGNING_REQUESTS, object);
  await rig.verbs.clock.advance(2 * HOUR);
  await decide(approved, 'Approved');
  await decide(denied, 'Denied');
  await rig.verbs.clock.advance(HOUR - 1000);
  assert.deepEqual(await names(), ['approved', 'denied', 'pending']);
  await rig.verbs.clock.advance(2000);
  await eventually(async () => assert.deepEqual(await names(), ['pending']));
  await rig.verbs.clock.advance(20 * HOUR);
  assert.deepEqual(await names(), ['pending']);
  await rig.verbs.clock.advance(2 * HOUR);
  await eventually(async () => assert.deepEqual(await names(), []));
});

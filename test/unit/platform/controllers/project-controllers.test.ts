import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNFINISHED } from '../../../../lib/platform/api/project/project-annotations.ts';
import { defaultRoleBindingsController } from '../../../../lib/platform/controllers/default-role-bindings-controller.ts';
import { projectRequestController } from '../../../../lib/platform/controllers/project-request-controller.ts';
import { NAMESPACES, ROLE_BINDINGS, SERVICE_ACCOUNTS } from '../../../../lib/platform/controllers/resources.ts';
import { serviceAccountController } from '../../../../lib/platform/controllers/service-account-controller.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { FakeVerbs } from '../../../support/fake-verbs.ts';
import { startControllers } from '../../../support/run-controllers.ts';

const namespace = (name: string, annotations: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, annotations },
});
const NAMES = ['system:deployers', 'system:image-builders', 'system:image-pullers'];

test('every namespace has its accounts and their bindings, and gets them back; without subjects they stay', async () => {
  await using rig = startControllers([serviceAccountController(), defaultRoleBindingsController()]);
  await rig.create(NAMESPACES, namespace('shop'));
  const names = async (of: typeof NAMESPACES) => (await rig.list(of, 'shop')).map(({ metadata }) => metadata.name);
  const whole = async () =>
    (await names(SERVICE_ACCOUNTS)).join() === 'builder,default,deployer' && (await names(ROLE_BINDINGS)).join() === NAMES.join();
  await eventually(whole);
  const pullers = { ...ROLE_BINDINGS, namespace: 'shop', name: 'system:image-pullers' };
  const disabled = await rig.verbs.patch(pullers, 'application/merge-patch+json', { subjects: [] });
  await rig.verbs.delete({ ...SERVICE_ACCOUNTS, namespace: 'shop', name: 'builder' });
  await rig.verbs.delete({ ...ROLE_BINDINGS, namespace: 'shop', name: 'system:deployers' });
  await eventually(whole);
  assert.equal((await rig.verbs.get(pullers)).metadata.resourceVersion, disabled.metadata.resourceVersion);
});

test('a project whose request was interrupted is taken back after a minute, and no other', async () => {
  const clock = new FakeClock();
  const verbs = new FakeVerbs(clock);
  await using rig = startControllers([projectRequestController()], verbs);
  const begun = new Date(clock.now()).toISOString();
  for (const [name, annotations] of [
    ['cut', { [UNFINISHED]: begun }],
    ['whole', {}],
    ['odd', { [UNFINISHED]: 'x' }],
  ] as const)
    await rig.create(NAMESPACES, namespace(name, annotations));
  const names = async () =>
    (await rig.list(NAMESPACES))
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name)
      .join();
  await clock.advance(59_000);
  assert.equal(await names(), 'cut,odd,whole');
  await eventually(async () => {
    await clock.advance(2000);
    return (await names()) === 'odd,whole';
  });
});

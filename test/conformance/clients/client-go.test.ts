import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { sampleObjects } from '../../support/samples.ts';
import { runCommand } from '../../support/run-command.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const PROGRAM = join(packageRoot(), '.cache', 'clients', 'client-go');
const missing = existsSync(PROGRAM) ? false : `NO CLIENT-GO: ${PROGRAM} is not there (test/run clients builds it)`;

const { kubectl, namespace, kubeconfigPath } = await useNamespace('client-go');
after(() => kubectl(['delete', 'crd', `widgets.${namespace}.example.com`, '--wait=false'], { anyCode: true }));
before(async () => {
  await kubectl.create(sampleObjects(namespace).find(({ kind }) => kind === 'CustomResourceDefinition')!);
  await kubectl(['wait', '--for=condition=Established', `crd/widgets.${namespace}.example.com`, IN_TIME]);
});
// Each begins with none of what the other has made.
afterEach(() => kubectl(['delete', 'deployment/web', 'configmap/typed', 'configmap/one', 'configmap/two', '--ignore-not-found']));

/** What typed clients and informers see, whatever the answers' format. */
const TYPED = {
  alreadyExists: true,
  conflict: true,
  notFound: true,
  data: { a: '2', c: '3', d: '4' },
  binary: 'AP8=',
  strategy: 'RollingUpdate',
  pages: true,
  informed: ['add one', 'add two', 'update two', 'delete one'],
  lister: { a: '1' },
  watchList: true,
};
const METHODS = ['DELETE', 'GET', 'PATCH', 'POST', 'PUT'];
const env = { KUBE_FEATURE_WatchListClient: 'true' };

test('client-go that takes nothing but protobuf: objects, lists, errors and watches', { skip: missing }, async () => {
  const type = 'application/vnd.kubernetes.protobuf';
  const { stdout } = await runCommand([PROGRAM, kubeconfigPath, namespace, type], { env });
  assert.deepEqual(JSON.parse(stdout), {
    ...TYPED,
    answers: METHODS.map((method) => `${method} ${type}`),
    watched: `GET ${type};stream=watch`,
  });
});

test('client-go: protobuf, informers that list by a watch, dynamic informers, an elected leader', { skip: missing }, async () => {
  const { stdout, stderr } = await runCommand([PROGRAM, kubeconfigPath, namespace], { env });
  assert.doesNotMatch(stderr, /falling back to the standard LIST/);
  assert.deepEqual(JSON.parse(stdout), {
    ...TYPED,
    // It sends protobuf, would like it back, and reads the JSON that it gets.
    answers: METHODS.map((method) => `${method} application/json`),
    widget: { size: 3, colour: 'blue' },
    dynamic: ['add w', 'delete w'],
    metadata: 'web',
    elected: ['ann leads', 'ann is through', 'ben leads'],
  });
});

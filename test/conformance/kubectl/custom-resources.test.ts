import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { customResourceDefinition, specSchema } from '../../support/custom-resources.ts';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('custom');
/** Definitions are everybody's: a group of this test's own. */
const group = `${namespace}.example.com`;
const folder = mkdtempSync(join(tmpdir(), 'oo-test-custom-'));
after(() => rmSync(folder, { recursive: true }));

const text = readFileSync(join(packageRoot(), 'docs', 'custom-resources.md'), 'utf8').replaceAll('stable.example.com', group);
for (const [, name, body] of text.matchAll(/```yaml\n# (\S+)\n(.*?)```/gs)) writeFileSync(join(folder, name!), body!);
const commands = [...text.matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block]) => block!.trim().split('\n'))
  .map((line) => line.split(' ').slice(1))
  .map((words) => words.map((word) => (word.endsWith('.yaml') ? join(folder, word) : word)));

const establish = async (definition: object, plural: string): Promise<void> => {
  await kubectl.create(definition);
  await kubectl(['wait', '--for=condition=Established', `crd/${plural}.${group}`, IN_TIME]);
};

test('every command of docs/custom-resources.md does what it says', async () => {
  const outputs: Record<string, string> = {};
  for (const command of commands) outputs[command.slice(0, 3).join(' ')] = await kubectl.text(...command);
  assert.equal(commands.length, 14);
  assert.equal(
    outputs[`wait --for=condition=Established crd/crontabs.${group}`],
    `customresourcedefinition.apiextensions.k8s.io/crontabs.${group} condition met`,
  );
  assert.match(outputs['explain crontab.spec']!, /FIELDS:[^]*schedule\t<string> -required-\n {4}When it runs, as in a crontab\./);
  assert.match(outputs['get ct']!, /^NAME +SCHEDULE +REPLICAS +AGE\nnightly +0 3 \* \* \* +1 +[\dms]+$/m);
  assert.match(outputs['get ct -o']!, /^NAME +SCHEDULE +REPLICAS +IMAGE +AGE\nnightly +0 3 \* \* \* +1 +busybox +[\dms]+$/m);
  assert.equal(outputs['scale ct nightly'], `crontab.${group}/nightly scaled`);
  assert.match(outputs['get all']!, new RegExp(`^crontab\\.${group}/nightly +0 3`, 'm'));
  assert.equal(outputs['auth can-i list'], 'yes');
  assert.equal(
    outputs[`delete crd crontabs.${group}`],
    `customresourcedefinition.apiextensions.k8s.io "crontabs.${group}" deleted`,
  );
  await eventually(async () =>
    assert.match(
      await kubectl.failure(['get', 'crontabs']),
      /the server doesn't have a resource type "crontabs"|could not find the requested resource/,
    ),
  );
});

test('kubectl shows what is wrong with an object, all of it at once', async () => {
  const properties = { size: { type: 'integer', maximum: 9 }, color: { type: 'string', enum: ['red', 'blue'] } };
  await establish(
    customResourceDefinition({
      group,
      names: { shortNames: ['wg'] },
      version: { schema: specSchema(properties, { required: ['size'] }) },
    }),
    'widgets',
  );
  const widget = (spec: object): string =>
    JSON.stringify({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'a' }, spec });
  const refused = (spec: object, ...args: string[]): Promise<string> =>
    kubectl.failure(['create', '-f', '-', ...args], { stdin: widget(spec) });
  assert.match(
    await refused({ size: 1, sise: 2 }),
    /Error from server \(BadRequest\): error when creating "STDIN": Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec\.sise"/,
  );
  assert.equal(
    await refused({ color: 'green' }),
    'The Widget "a" is invalid: \n* spec.size: Required value\n* spec.color: Unsupported value: "green": supported values: "red", "blue"\n',
  );
  const warned = await kubectl(['create', '-f', '-', '--validate=warn'], { stdin: widget({ size: 1, sise: 2 }) });
  assert.deepEqual([warned.stdout, warned.stderr], [`widget.${group}/a created\n`, 'Warning: unknown field "spec.sise"\n']);
  const tooLarge = await kubectl.failure(['patch', 'widget', 'a', '--type=merge', '-p', '{"spec":{"size":10}}']);
  assert.equal(
    tooLarge,
    'The Widget "a" is invalid: spec.size: Invalid value: 10: spec.size in body should be less than or equal to 9\n',
  );
});

test('apply, edit in place, diff and server-side apply know the kind', async () => {
  const widget = (spec: object): object => ({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'b' }, spec });
  await kubectl.apply(widget({ size: 1, color: 'red' }));
  assert.equal(await kubectl.apply(widget({ size: 1, color: 'red' })), `widget.${group}/b unchanged\n`);
  const diff = await kubectl(['diff', '-f', '-'], { stdin: JSON.stringify(widget({ size: 2 })), anyCode: true });
  assert.match(diff.stdout, /^- {2}color: red\n- {2}size: 1\n\+ {2}size: 2$/m);
  assert.equal(await kubectl.apply(widget({ size: 2 })), `widget.${group}/b configured\n`);
  assert.deepEqual((await kubectl.json('get', 'widget', 'b'))['spec'], { size: 2 });
  await kubectl.apply(widget({ size: 3 }), '--server-side', '--force-conflicts');
  const conflict = await kubectl.failure(['apply', '--server-side', '--field-manager=rival', '-f', '-'], {
    stdin: JSON.stringify(widget({ size: 4 })),
  });
  assert.match(conflict, /^error: Apply failed with 1 conflict: conflict with "kubectl": \.spec\.size\n/);
});

test('a watch sees objects come and go; a definition that changes counts at once', async () => {
  await using watch = kubectl.start(['get', 'widgets', '--watch']);
  await watch.until(/^b /m);
  await kubectl.create({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'seen' }, spec: { size: 1 } });
  await watch.until(/^seen +[\dms]+$/m);
  const columns = [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }];
  await kubectl([
    'patch',
    'crd',
    `widgets.${group}`,
    '--type=json',
    '-p',
    JSON.stringify([{ op: 'add', path: '/spec/versions/0/additionalPrinterColumns', value: columns }]),
  ]);
  assert.match(await kubectl.text('get', 'widget', 'seen'), /^NAME +SIZE\nseen +1$/);
  assert.equal(await watch.ended(), 0);
});

test('two definitions of a group do not get the same names', async () => {
  const gadgets = customResourceDefinition({ group, plural: 'gadgets', kind: 'Gadget', names: { shortNames: ['wg'] } });
  await kubectl.create(gadgets);
  await kubectl(['wait', '--for=condition=NamesAccepted=False', `crd/gadgets.${group}`, IN_TIME]);
  const describe = await kubectl.text('describe', 'crd', `gadgets.${group}`);
  assert.match(describe, /Message: +"wg" is already in use\n +Reason: +ShortNamesConflict/);
  assert.match(
    await kubectl.failure(['get', `gadgets.${group}`]),
    /the server doesn't have a resource type|could not find the requested resource/,
  );
  // What the first gives up, the second gets.
  await kubectl(['delete', 'crd', `widgets.${group}`]);
  await kubectl(['wait', '--for=condition=Established', `crd/gadgets.${group}`, IN_TIME]);
});

test('owners, finalizers and namespaces: custom objects are garbage, hold back, and go with their namespace', async () => {
  const own = `${namespace}-own`;
  await kubectl(['create', 'namespace', own]);
  const gadget = (name: string, metadata: object = {}): object => ({
    apiVersion: `${group}/v1`,
    kind: 'Gadget',
    metadata: { name, namespace: own, ...metadata },
  });
  await kubectl.create(gadget('owner'));
  const { metadata } = await kubectl.json('get', `gadgets.${group}`, 'owner', '-n', own);
  const ownerReferences = [{ apiVersion: `${group}/v1`, kind: 'Gadget', name: 'owner', uid: metadata.uid }];
  await kubectl.create(gadget('owned', { ownerReferences }));
  await kubectl.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned', namespace: own, ownerReferences } });
  await kubectl(['delete', `gadgets.${group}`, 'owner', '-n', own]);
  await kubectl(['wait', '--for=delete', `gadgets.${group}/owned`, 'configmap/owned', '-n', own, IN_TIME]);
  await kubectl.create(gadget('held', { finalizers: ['example.com/hold'] }));
  await kubectl(['delete', 'namespace', own, '--wait=false']);
  await eventually(async () =>
    assert.match(
      await kubectl.text('get', 'namespace', own, '-o', 'yaml'),
      new RegExp(`gadgets\\.${group} has\\s+1 resource instances`),
    ),
  );
  await kubectl(['patch', `gadgets.${group}`, 'held', '-n', own, '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
  await kubectl(['wait', '--for=delete', `namespace/${own}`, IN_TIME]);
  await kubectl(['delete', 'crd', `gadgets.${group}`]);
});

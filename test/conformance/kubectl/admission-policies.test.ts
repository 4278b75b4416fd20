import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('policies');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-policies-'));
after(() => rmSync(folder, { recursive: true }));
const shop = `${namespace}-shop`;

/** Cluster-wide objects of this file: about its own namespaces only, and gone after it. */
const made: string[] = [];
after(async () => {
  if (made.length > 0) await kubectl(['delete', ...made, '--ignore-not-found'], { anyCode: true });
  await kubectl(['delete', 'namespace', shop, '--wait=false', '--ignore-not-found'], { anyCode: true });
});

/** docs/admission.md, in a namespace and with names of this file's own. */
const text = readFileSync(join(packageRoot(), 'docs', 'admission.md'), 'utf8')
  .replaceAll(/\bfew-replicas(?!\.yaml)/g, `${namespace}-few-replicas`)
  .replaceAll(/\bshop\b/g, shop);
const [manifest] = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, block]) => block!);
const commands = [...text.matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block]) => block!.trim().split('\n'))
  .map((line) => line.replace('few-replicas.yaml', join(folder, 'few-replicas.yaml')).split(' ').slice(1));

test('every command of docs/admission.md does what it says', async () => {
  writeFileSync(join(folder, 'few-replicas.yaml'), manifest!);
  made.push(
    `validatingadmissionpolicy/${namespace}-few-replicas`,
    `validatingadmissionpolicybinding/${namespace}-few-replicas-in-${shop}`,
  );
  assert.equal(commands.length, 5);
  for (const command of commands.slice(0, 4)) await kubectl.text(...command);
  const refused = await kubectl.failure(commands[4]!);
  const told = /refused: `([^`]+)`/.exec(text)![1]!;
  assert.ok(refused.includes(told), refused);
  assert.match(refused, /^error: failed to create deployment: deployments\.apps "more" is forbidden: ValidatingAdmissionPolicy/);
  assert.match(
    await kubectl.text('get', 'validatingadmissionpolicies', `${namespace}-few-replicas`),
    /^NAME +VALIDATIONS +PARAMKIND +AGE\n\S+ +1 +v1\/ConfigMap /,
  );
  const bindings = await kubectl.text('get', 'validatingadmissionpolicybindings', `${namespace}-few-replicas-in-${shop}`);
  assert.match(bindings, /^NAME +POLICYNAME +PARAMREF +AGE\n\S+ +\S+-few-replicas +limits /);
});

/** A policy about this file's namespace, bound at once. */
async function policy(name: string, spec: object, actions = ['Deny']): Promise<void> {
  const full = `${namespace}-${name}`;
  made.push(`validatingadmissionpolicy/${full}`, `validatingadmissionpolicybinding/${full}`);
  const api = { apiVersion: 'admissionregistration.k8s.io/v1' };
  const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE', 'UPDATE', 'DELETE'] };
  const here = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  const constraints = { ...here, resourceRules: [rule] };
  await kubectl.create({
    ...api,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: full },
    spec: { matchConstraints: constraints, ...spec },
  });
  await kubectl.create({
    ...api,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: full },
    spec: { policyName: full, validationActions: actions },
  });
}

test('kubectl shows what a policy refuses, of updates and deletions too', async () => {
  const kept = "!has(oldObject.metadata.labels) || !('keep' in oldObject.metadata.labels)";
  await policy('keep', {
    validations: [
      { expression: `request.operation != 'DELETE' || ${kept}`, message: 'it is to be kept', reason: 'Forbidden' },
      {
        expression: "request.operation != 'UPDATE' || object.data == oldObject.data",
        messageExpression: "object.metadata.name + ' is as it is'",
      },
    ],
  });
  await kubectl.text('create', 'configmap', 'kept', '--from-literal=a=b');
  await kubectl.text('label', 'configmap', 'kept', 'keep=yes');
  const by = `ValidatingAdmissionPolicy '${namespace}-keep' with binding '${namespace}-keep' denied request`;
  assert.equal(
    await kubectl.failure(['delete', 'configmap', 'kept']),
    `Error from server (Forbidden): configmaps "kept" is forbidden: ${by}: it is to be kept\n`,
  );
  assert.equal(
    await kubectl.failure(['patch', 'configmap', 'kept', '--patch', '{"data":{"a":"c"}}']),
    `The configmaps "kept" is invalid: : ${by}: kept is as it is\n`,
  );
  await kubectl.text('label', 'configmap', 'kept', 'keep-');
  assert.match(await kubectl.text('delete', 'configmap', 'kept'), /^configmap "kept" deleted/);
});

test('kubectl shows the warnings of a policy that only warns', async () => {
  await policy(
    'warn',
    { validations: [{ expression: "object == null || object.metadata.name != 'odd'", message: 'an odd name' }] },
    ['Warn'],
  );
  const { stdout, stderr } = await kubectl(['create', 'configmap', 'odd']);
  assert.equal(stdout, 'configmap/odd created\n');
  assert.equal(
    stderr,
    `Warning: Validation failed for ValidatingAdmissionPolicy '${namespace}-warn' with binding '${namespace}-warn': an odd name\n`,
  );
});

test('an expression that does not compile is shown with its place', async () => {
  const wrong = {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: `${namespace}-wrong` },
    spec: {
      matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['*'] }] },
      validations: [{ expression: 'object.spec.replicas <= replicas' }],
    },
  };
  writeFileSync(join(folder, 'wrong.json'), JSON.stringify(wrong));
  assert.equal(
    await kubectl.failure(['apply', '-f', join(folder, 'wrong.json')]),
    `The ValidatingAdmissionPolicy "${namespace}-wrong" is invalid: spec.validations[0].expression: Invalid value: "object.spec.replicas <= replicas": compilation failed: ERROR: <input>:1:25: undeclared reference to 'replicas' (in container '')
 | object.spec.replicas <= replicas
 | ........................^
`,
  );
});

test('the status of a policy tells where it does not fit the kinds that it is about', async () => {
  await policy('typed', { validations: [{ expression: 'object == null || object.dta.size() < 5' }] });
  const warning = await eventually(async () => {
    const { status } = await kubectl.json('get', 'validatingadmissionpolicy', `${namespace}-typed`);
    assert.equal(status.observedGeneration, 1);
    return String(status.typeChecking.expressionWarnings[0].warning);
  });
  assert.equal(
    warning,
    `v1, Kind=ConfigMap: ERROR: <input>:1:25: undefined field 'dta'\n | object == null || object.dta.size() < 5\n | ........................^\n`,
  );
  assert.match(
    await kubectl.text('describe', 'validatingadmissionpolicy', `${namespace}-typed`),
    /Type Checking:\n +Expression Warnings:\n/,
  );
  await kubectl.text('delete', 'validatingadmissionpolicy', `${namespace}-typed`);
});

test('rules of custom resources', async () => {
  const group = `${namespace}.example.com`;
  made.push(`customresourcedefinition/widgets.${group}`);
  const definition = (rule: object): object => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  'x-kubernetes-validations': [
                    rule,
                    { rule: 'self.name == oldSelf.name', message: 'name may not change', fieldPath: '.name' },
                  ],
                  properties: { name: { type: 'string' }, min: { type: 'integer' }, max: { type: 'integer' } },
                },
              },
            },
          },
        },
      ],
    },
  });
  writeFileSync(join(folder, 'crd.json'), JSON.stringify(definition({ rule: 'self.minimum <= self.max' })));
  const refused = await kubectl.failure(['apply', '-f', join(folder, 'crd.json')]);
  assert.match(
    refused,
    /x-kubernetes-validations\[0\]\.rule: Invalid value: .*compilation failed: ERROR: <input>:1:5: undefined field 'minimum'\n \| self\.minimum <= self\.max\n \| \.\.\.\.\^/,
  );
  await kubectl.apply(
    definition({ rule: 'self.min <= self.max', messageExpression: "'%d is more than %d'.format([self.min, self.max])" }),
  );
  await kubectl.text('wait', '--for=condition=Established', `crd/widgets.${group}`, IN_TIME);
  const widget = (spec: object): string => {
    writeFileSync(
      join(folder, 'widget.json'),
      JSON.stringify({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w' }, spec }),
    );
    return join(folder, 'widget.json');
  };
  assert.equal(
    await kubectl.failure(['apply', '-f', widget({ name: 'a', min: 3, max: 2 })]),
    'The Widget "w" is invalid: spec: Invalid value: "object": 3 is more than 2\n',
  );
  assert.match(await kubectl.text('apply', '-f', widget({ name: 'a', min: 1, max: 2 })), /created$/);
  assert.equal(
    await kubectl.failure(['apply', '-f', widget({ name: 'b', min: 1, max: 2 })]),
    'The Widget "w" is invalid: spec.name: Invalid value: "object": name may not change\n',
  );
  assert.match(await kubectl.text('apply', '-f', widget({ name: 'a', min: 2, max: 2 })), /configured$/);
});

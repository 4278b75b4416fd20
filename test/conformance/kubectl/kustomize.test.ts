import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('kustomize');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-kustomize-'));
after(() => rmSync(folder, { recursive: true }));

const files: Record<string, string> = {
  'base/kustomization.yaml': `
resources: [web.yaml]
configMapGenerator:
  - { name: settings, literals: [colour=blue, mode=calm] }
secretGenerator:
  - { name: login, literals: [user=ann, password=secret] }
`,
  'base/web.yaml': `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 0
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: web
          imagePullPolicy: IfNotPresent
          envFrom: [{ configMapRef: { name: settings } }, { secretRef: { name: login } }]
          ports: [{ name: http, containerPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec:
  selector: { app: web }
  ports: [{ name: http, port: 80, targetPort: http }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: address }
data: { host: REPLACED }
`,
  'audited/kustomization.yaml': `
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
  - target: { kind: Deployment }
    patch: |
      - { op: add, path: /spec/template/metadata/annotations, value: { audited: 'yes' } }
`,
  'live/kustomization.yaml': `
namespace: ${namespace}
namePrefix: live-
resources: [../base]
components: [../audited]
labels:
  - { pairs: { stage: live }, includeSelectors: true }
images:
  - { name: web, newName: oo-test/web-a, newTag: latest }
replicas:
  - { name: web, count: 1 }
configMapGenerator:
  - { name: settings, behavior: merge, literals: [colour=red] }
patches:
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: { name: web }
      spec:
        template:
          spec:
            containers:
              - name: web
                env: [{ name: STAGE, value: live }]
replacements:
  - source: { kind: Service, name: web, fieldPath: metadata.name }
    targets:
      - select: { kind: ConfigMap, name: address }
        fieldPaths: [data.host]
`,
};
for (const [name, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text.trimStart());
}
const live = join(folder, 'live');

test('apply -k: generators, components, patches, images, replicas and replacements arrive', async () => {
  await kubectl(['apply', '-k', live]);
  await kubectl(['rollout', 'status', 'deploy/live-web', IN_TIME]);
  const deployment = await kubectl.json<{
    spec: {
      selector: { matchLabels: object };
      template: {
        metadata: { annotations: object };
        spec: { containers: { image: string; env: object[]; envFrom: [{ configMapRef: { name: string } }] }[] };
      };
    };
  }>('get', 'deploy', 'live-web');
  const { selector, template } = deployment.spec;
  const [container] = template.spec.containers;
  assert.deepEqual(selector.matchLabels, { app: 'web', stage: 'live' });
  assert.deepEqual(template.metadata.annotations, { audited: 'yes' });
  assert.equal(container!.image, 'oo-test/web-a:latest');
  assert.deepEqual(container!.env, [{ name: 'STAGE', value: 'live' }]);
  const settings = container!.envFrom[0].configMapRef.name;
  assert.match(settings, /^live-settings-[a-z0-9]{10}$/);
  assert.deepEqual((await kubectl.json('get', 'configmap', settings))['data'], { colour: 'red', mode: 'calm' });
  assert.equal(await kubectl.text('get', 'configmap', 'live-address', '-o', 'jsonpath={.data.host}'), 'live-web');
});

test('the same again is no change, diff -k is empty, and shows what would be', async () => {
  const lines = (await kubectl(['apply', '-k', live])).stdout.trimEnd().split('\n');
  for (const line of lines) assert.match(line, / unchanged$/);
  await eventually(async () => assert.equal((await kubectl(['diff', '-k', live])).stdout, ''));
  const { code, stdout } = await kubectl(['diff', '-f', '-'], {
    stdin: (await kubectl(['kustomize', live])).stdout.replace('replicas: 1', 'replicas: 2'),
    anyCode: true,
  });
  assert.equal(code, 1);
  assert.match(stdout, /^-  replicas: 1\n\+  replicas: 2$/m);
});

test('a changed generator makes a new map and a rollout; --prune and an apply set take the old one away', async () => {
  const settings = async (): Promise<string[]> =>
    (await kubectl.text('get', 'configmap', '-l', 'stage=live', '-o', 'name'))
      .split('\n')
      .filter((name) => name.includes('settings'));
  const change = (colour: string): void =>
    writeFileSync(
      join(live, 'kustomization.yaml'),
      files['live/kustomization.yaml']!.replace('colour=red', `colour=${colour}`).trimStart(),
    );
  const [first] = await settings();
  change('green');
  await kubectl(['apply', '-k', live, '--prune', '-l', 'stage=live', '--prune-allowlist=core/v1/ConfigMap']);
  const [second, ...more] = await settings();
  assert.deepEqual(more, []);
  assert.notEqual(second, first);
  await kubectl(['rollout', 'status', 'deploy/live-web', IN_TIME]);
  assert.match(await kubectl.text('rollout', 'history', 'deploy/live-web'), /^2 /m);

  const env = { KUBECTL_APPLYSET: 'true' };
  const bySet = [
    'apply',
    '-k',
    live,
    '--server-side',
    '--force-conflicts',
    '--prune',
    '--applyset=configmaps/set',
    '-n',
    namespace,
  ];
  await kubectl(bySet, { env });
  change('grey');
  assert.match((await kubectl(bySet, { env })).stdout, /^configmap\/live-settings-\w+ pruned$/m);
  assert.equal((await settings()).length, 1);
  const parent = await kubectl.json('get', 'configmap', 'set');
  assert.match(
    parent.metadata.annotations!['applyset.kubernetes.io/contains-group-kinds']!,
    /^ConfigMap,Deployment\.apps,Secret,Service$/,
  );
});

test('delete -k takes everything away', async () => {
  await kubectl(['delete', '-k', live, '--wait']);
  assert.equal(await kubectl.text('get', 'deploy,svc,secret', '-l', 'stage=live', '-o', 'name'), '');
});

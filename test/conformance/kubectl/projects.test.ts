import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('projects');
const shop = `${namespace}-shop`;
const folder = mkdtempSync(join(tmpdir(), 'oo-test-projects-'));
const bindings = ['clusterrolebinding', 'self-provisioners', 'makers'] as const;
after(async () => {
  const [kind, provisioners, makers] = bindings;
  await kubectl(['delete', 'project', shop, '--wait=false', '--ignore-not-found'], { anyCode: true });
  await kubectl(['delete', kind, makers, '--ignore-not-found'], { anyCode: true });
  const subjects = [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:authenticated:oauth' }];
  await kubectl(['patch', kind, provisioners, '--type=merge', `--patch=${JSON.stringify({ subjects })}`], { anyCode: true });
  await kubectl(['annotate', kind, provisioners, 'rbac.authorization.kubernetes.io/autoupdate=true', '--overwrite'], {
    anyCode: true,
  });
  rmSync(folder, { recursive: true });
});

/** docs/projects.md, with a project of this test's own. */
const text = readFileSync(join(packageRoot(), 'docs', 'projects.md'), 'utf8').replaceAll(/\bshop\b(?= |\n|`)/g, shop);
const request = join(folder, 'request.yaml');
writeFileSync(request, /# request\.yaml\n(.*?)```/s.exec(text)![1]!);
const [project, rights] = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) =>
  block!
    .trim()
    .split('\n')
    .map((line) => line.replace('request.yaml', request).split(' ').slice(1)),
);

test('a project is asked for, used, shared and deleted with the commands of docs/projects.md', async () => {
  const outputs: string[] = [];
  for (const command of project!) outputs.push(await kubectl.text(...command));
  const [made, mine, content, renamed, shared, bobs, deleted] = outputs;
  assert.equal(made, `project.project.openshift.io/${shop} created`);
  assert.match(mine!, new RegExp(`^NAME +DISPLAY NAME +STATUS\\n${shop} +The market +Active$`));
  assert.match(
    content!,
    /^serviceaccount\/builder .*^serviceaccount\/default .*^serviceaccount\/deployer .*\/admin .*\/system:image-pullers /ms,
  );
  assert.equal(renamed, `project.project.openshift.io/${shop} annotated`);
  assert.equal(shared, 'rolebinding.rbac.authorization.k8s.io/bob created');
  assert.match(bobs!, new RegExp(`^NAME +DISPLAY NAME +STATUS\\n${shop} +Store +Active$`));
  assert.match(deleted!, new RegExp(`^project\\.project\\.openshift\\.io "${shop}" deleted`));
  assert.match(await kubectl.failure(['get', 'project', shop]), new RegExp(`namespaces "${shop}" not found`));
});

test('the right to ask is taken from everybody and given to some', async () => {
  const [annotate, patch, ask, give] = rights!;
  await kubectl.text(...annotate!);
  await kubectl.text(...patch!);
  assert.match(await kubectl.failure(ask!), /You may not request a new project via this API\./);
  const create = ['create', '--validate=false', '-f', request, '--as=ann'];
  assert.match(await kubectl.failure([...create, '--as-group=system:authenticated:oauth']), /You may not request a new project/);
  await kubectl.text(...give!);
  await kubectl.text(...create, '--as-group=makers');
});

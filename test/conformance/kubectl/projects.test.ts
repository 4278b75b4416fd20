import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { eventually } from '../../support/eventually.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { webPod } from '../../support/manifests.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('projects');
const shop = `${namespace}-shop`;
const billing = `${namespace}-billing`;
const folder = mkdtempSync(join(tmpdir(), 'oo-test-projects-'));
const bindings = ['clusterrolebinding', 'self-provisioners', 'makers'] as const;
after(async () => {
  const [kind, provisioners, makers] = bindings;
  await kubectl(['delete', 'project', shop, billing, '--wait=false', '--ignore-not-found'], { anyCode: true });
  await kubectl(['delete', kind, makers, '--ignore-not-found'], { anyCode: true });
  const subjects = [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'system:authenticated:oauth' }];
  await kubectl(['patch', kind, provisioners, '--type=merge', `--patch=${JSON.stringify({ subjects })}`], { anyCode: true });
  await kubectl(['annotate', kind, provisioners, 'rbac.authorization.kubernetes.io/autoupdate=true', '--overwrite'], {
    anyCode: true,
  });
  await kubectl(['delete', 'clusterresourcequota', 'ann', '--ignore-not-found'], { anyCode: true });
  rmSync(folder, { recursive: true });
});

/** docs/projects.md, with a project of this test's own. */
const text = readFileSync(join(packageRoot(), 'docs', 'projects.md'), 'utf8').replaceAll(/\bshop\b(?= |\n|`)/g, shop);
const request = join(folder, 'request.yaml');
writeFileSync(request, /# request\.yaml\n(.*?)```/s.exec(text)![1]!);
const quota = join(folder, 'quota.yaml');
writeFileSync(quota, /# quota\.yaml\n(.*?)```/s.exec(text)![1]!);
const [project, rights, quotas] = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) =>
  block!
    .trim()
    .split('\n')
    .map((line) => line.replace('request.yaml', request).replace('quota.yaml', quota).split(' ').slice(1)),
);

const CONTENT =
  /^serviceaccount\/builder .*^serviceaccount\/default .*^serviceaccount\/deployer .*\/admin .*\/system:image-pullers /ms;

test('a project is asked for, used, shared and deleted with the commands of docs/projects.md', async () => {
  const outputs: string[] = [];
  for (const command of project!) {
    const run = (): Promise<string> => kubectl.text(...command);
    // Its accounts and their rights are made by controllers.
    const complete = async (): Promise<string> => {
      const said = await run();
      assert.match(said, CONTENT);
      return said;
    };
    outputs.push(await (command.includes('serviceaccounts,rolebindings') ? eventually(complete) : run()));
  }
  const [made, mine, content, renamed, shared, bobs, deleted] = outputs;
  assert.equal(made, `project.project.openshift.io/${shop} created`);
  assert.match(mine!, new RegExp(`^NAME +DISPLAY NAME +STATUS\\n${shop} +The market +Active$`));
  assert.match(content!, CONTENT);
  assert.equal(renamed, `project.project.openshift.io/${shop} annotated`);
  assert.equal(shared, 'rolebinding.rbac.authorization.k8s.io/bob created');
  assert.match(bobs!, new RegExp(`^NAME +DISPLAY NAME +STATUS\\n${shop} +Store +Active$`));
  assert.match(deleted!, new RegExp(`^project\\.project\\.openshift\\.io "${shop}" deleted`));
  await eventually(async () =>
    assert.match(await kubectl.failure(['get', 'project', shop]), new RegExp(`namespaces "${shop}" not found`)),
  );
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

test('projects of one requester share a quota', async () => {
  const outputs: string[] = [];
  for (const command of quotas!) outputs.push(await kubectl.text(...command));
  const [made, all, mine] = outputs;
  assert.equal(made, 'clusterresourcequota.quota.openshift.io/ann created');
  // Other files may have quotas of their own.
  assert.match(all!, /^NAME +LABELS SELECTOR +ANNOTATIONS SELECTOR\n(?:.*\n)*?ann +<none> +openshift\.io\/requester=ann$/m);
  assert.match(mine!, /^ann +<none> +openshift\.io\/requester=ann$/m);
  const create = (name: string): string[] => ['--namespace', shop, 'create', 'configmap', name, '--as=ann'];
  const refused = await eventually(async () => {
    const { code, stderr } = await kubectl(create(`m${Date.now()}`), { anyCode: true });
    return code !== 0 && stderr;
  });
  assert.match(
    String(refused),
    /exceeded quota: ann, requested: count\/configmaps=1, used: count\/configmaps=2, limited: count\/configmaps=2/,
  );
});

/** docs/network.md, with projects of this test's own. */
const network = readFileSync(join(packageRoot(), 'docs', 'network.md'), 'utf8')
  .replaceAll('=shop', `=${namespace}`)
  .replaceAll(/\bbilling\b(?= |\n)/g, billing);

test('pods of another project are not reached, unless a policy or an administrator lets them, with the commands of docs/network.md', async () => {
  await kubectl(['create', 'namespace', billing]);
  await eventually(() => kubectl(['get', '--namespace', billing, 'serviceaccount', 'default']));
  await kubectl.create(webPod('web'));
  await kubectl.create(webPod('friend'));
  await kubectl(['create', '--namespace', billing, '-f', '-'], { stdin: JSON.stringify(webPod('stranger')) });
  await kubectl(['wait', '--for=condition=Ready', 'pod/web', 'pod/friend', IN_TIME]);
  await kubectl(['wait', '--namespace', billing, '--for=condition=Ready', 'pod/stranger', IN_TIME]);
  const address = await kubectl.text('get', 'pod', 'web', '-o', 'jsonpath={.status.podIP}');
  const fetch = (pod: string, of: string): Promise<{ stdout: string }> =>
    kubectl(['exec', '--namespace', of, pod, '--', 'timeout', '3', 'wget', '-qO-', `http://${address}:8080/`], {
      anyCode: true,
    });
  const stranger = async (): Promise<boolean> => (await fetch('stranger', billing)).stdout.startsWith('web-a');
  await eventually(async () => assert.match((await fetch('friend', namespace)).stdout, /^web-a web /));
  assert.equal(await stranger(), false);
  const [join_, leave, open, close] = /```sh\n(kubectl annotate namespace .*?)```/s
    .exec(network)![1]!
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(1));
  for (const [give, take] of [
    [join_, leave],
    [open, close],
  ]) {
    await kubectl(give!);
    await eventually(stranger, { timeout: 15_000 });
    await kubectl(take!);
    await eventually(async () => !(await stranger()), { timeout: 15_000 });
  }
  const [networks, plugin] = /```sh\n(kubectl get netnamespaces\n.*?)```/s
    .exec(network)![1]!
    .trim()
    .split('\n')
    .map((line) => line.split(' ').slice(1));
  const table = await kubectl.text(...networks!);
  assert.match(table, /^NAME +NETID +EGRESS IPS *\n/);
  assert.match(table, /^default +0 *$/m);
  assert.match(table, new RegExp(`^${billing} +[1-9]\\d*`, 'm'));
  assert.match(await kubectl.text(...plugin!), /^default +\S+ +\S+ +redhat\/openshift-ovs-multitenant$/m);
  await kubectl.apply(/# policy\.yaml\n(.*?)```/s.exec(network)![1]!);
  await eventually(stranger, { timeout: 15_000 });
  await eventually(async () => assert.match((await fetch('friend', namespace)).stdout, /^web-a web /));
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { apiCaller } from '../../support/api-caller.ts';
import { eventually } from '../../support/eventually.ts';
import { WEB_A, WEB_B } from '../../support/images.ts';
import { IN_TIME } from '../../support/kubectl.ts';
import { runCommand, type CommandResult } from '../../support/run-command.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, kubeconfigPath, namespace, url, nodeAddress, nodeName } = await useNamespace('kubecfg');
const folder = mkdtempSync(join(tmpdir(), 'oo-test-kubecfg-'));
after(() => rmSync(folder, { recursive: true }));
/** Nobody else's on the machine of the tests. */
const HOST_PORT = '18743';

interface Call {
  readonly stdin?: string;
  readonly env?: Record<string, string>;
}
const run = (args: readonly string[], { stdin = '', env = {} }: Call = {}): Promise<CommandResult> =>
  runCommand([join(packageRoot(), 'bin', 'kubecfg'), ...args], {
    cwd: packageRoot(),
    env: { KUBECONFIG: kubeconfigPath, HOME: folder, ...env },
    stdin,
    anyCode: true,
  });
async function kubecfg(args: readonly string[], call?: Call): Promise<string> {
  const { code, stdout, stderr } = await run(args, call);
  assert.equal(code, 0, `kubecfg ${args.join(' ')}: ${stderr}`);
  return stdout;
}
async function refusal(args: readonly string[], call?: Call): Promise<string> {
  const { code, stderr } = await run(args, call);
  assert.notEqual(code, 0, `kubecfg ${args.join(' ')} did not fail`);
  return stderr;
}
const rows = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.replaceAll(/ {2,}/g, ' | '));

test('every command of docs/kubecfg.md does what it says, and kubectl sees it', async () => {
  const text = readFileSync(join(packageRoot(), 'docs', 'kubecfg.md'), 'utf8');
  const commands = /```sh\n(.*?)```/s
    .exec(text)![1]!
    .trim()
    .split('\n')
    .map((line) =>
      line.replace('8080:80', `${HOST_PORT}:8080`).replace('run openshift/hello-openshift', `run ${WEB_A}`).split(' ').slice(1),
    );
  assert.equal(commands.length, 10);
  const [create, list, get, makeWeb, controllers, webs, grow, stop, rm, remove] = commands as [
    string[],
    string[],
    string[],
    string[],
    string[],
    string[],
    string[],
    string[],
    string[],
    string[],
  ];
  const [header, underline, made] = rows(await kubecfg(create));
  assert.equal(header, 'ID | Image(s) | Host | Labels | Status');
  assert.equal(underline, Array.from({ length: 5 }, () => '----------').join(' | '));
  assert.match(made!, /^hello-openshift \| openshift\/hello-openshift \| <unassigned> \| name=hello-openshift \| Waiting$/);
  await kubectl(['wait', '--for=condition=Ready', 'pod/hello-openshift', IN_TIME]);
  assert.equal(
    rows(await kubecfg(list))[2],
    `hello-openshift | openshift/hello-openshift | ${nodeName}/${nodeAddress} | name=hello-openshift | Running`,
  );
  const pod = JSON.parse(await kubecfg(get)) as Record<string, never>;
  const { currentState, uid } = pod as unknown as { currentState: Record<string, string>; uid: string };
  assert.deepEqual(
    [uid, currentState['podIP']],
    (await kubectl.text('get', 'pod', 'hello-openshift', '-o', 'jsonpath={.metadata.uid} {.status.podIP}')).split(' '),
  );

  assert.equal(rows(await kubecfg(makeWeb))[2], `web | ${WEB_A} | name=web | 2`);
  // One node has the port once.
  await eventually(
    async () => {
      const pods = rows(await kubecfg(webs))
        .slice(2)
        .map((row) => row.split(' | ').at(-1));
      assert.deepEqual(pods.toSorted(), ['Running', 'Waiting']);
    },
    { timeout: 60_000 },
  );
  assert.equal(rows(await kubecfg(controllers))[2], `web | ${WEB_A} | name=web | 2`);
  const { spec } = await kubectl.json('get', 'rc', 'web');
  assert.deepEqual(spec['template'].spec.containers[0].ports, [
    { hostPort: Number(HOST_PORT), containerPort: 8080, protocol: 'TCP' },
  ]);
  await kubecfg(grow);
  assert.equal(await kubectl.text('get', 'rc', 'web', '-o', 'jsonpath={.spec.replicas}'), '3');
  assert.match(await refusal(rm), /controller web has non-zero replicas \(3\)\n {2}kubecfg stop web/);
  await kubecfg(stop);
  await eventually(async () => assert.equal(await kubectl.text('get', 'pods', '-l', 'name=web', '-o', 'name'), ''), {
    timeout: 60_000,
  });
  assert.deepEqual(rows(await kubecfg(rm)), ['Status', '----------', 'success']);
  assert.match(await kubectl.failure(['get', 'rc', 'web']), /"web" not found/);
  await kubecfg(remove);
  await kubectl(['wait', '--for=delete', 'pod/hello-openshift', IN_TIME]);
});

test('a service out of YAML on standard input, minions, a new image pod by pod', async () => {
  const service = 'id: front\nkind: Service\napiVersion: v1beta1\nport: 80\ncontainerPort: 8080\nselector:\n  name: front\n';
  await kubecfg(['-c', '-', 'create', 'services'], { stdin: service });
  assert.equal(
    await kubectl.text('get', 'service', 'front', '-o', 'jsonpath={.spec.ports[0].targetPort} {.spec.selector.name}'),
    '8080 front',
  );
  assert.ok(rows(await kubecfg(['list', 'minions'])).some((row) => row.startsWith(`${nodeName} `)));
  for (const command of ['kubecfg', 'kube']) {
    const openshift = [
      process.execPath,
      join(packageRoot(), 'bin', 'openshift.ts'),
      command,
      '-l',
      'name=none',
      'list',
      'services',
    ];
    const { stdout } = await runCommand(openshift, { env: { KUBECONFIG: kubeconfigPath } });
    assert.deepEqual(rows(stdout)[0], 'ID | Labels | Selector | IP | Port');
  }
  await kubecfg(['run', WEB_A, '1', 'front']);
  await eventually(async () => assert.match((await kubecfg(['-l=name=front', 'list', 'pods'])).trim(), /Running$/), {
    timeout: 60_000,
  });
  await kubecfg(['--image', WEB_B, '-u', '1s', 'rollingupdate', 'front']);
  await eventually(
    async () =>
      assert.equal(
        await kubectl.text('get', 'pods', '-l', 'name=front', '-o', 'jsonpath={.items[*].spec.containers[0].image}'),
        WEB_B,
      ),
    { timeout: 60_000 },
  );
  await kubecfg(['stop', 'front']);
});

test("somebody's own namespace is open, another one is not, and a wrong token is nobody's", async () => {
  await kubectl(['create', 'serviceaccount', 'ann']);
  await kubectl(['create', 'rolebinding', 'ann', '--clusterrole=edit', `--serviceaccount=${namespace}:ann`]);
  const { caPem } = await readKubeconfig(kubeconfigPath);
  writeFileSync(join(folder, 'ca.crt'), caPem);
  const auth = join(folder, 'ann.json');
  writeFileSync(auth, JSON.stringify({ BearerToken: await kubectl.text('create', 'token', 'ann'), CAFile: 'ca.crt' }), {
    mode: 0o600,
  });
  const env = { KUBECONFIG: join(folder, 'none') };
  const ann = (space: string, ...args: string[]): readonly string[] => ['-h', url, '-auth', auth, '-namespace', space, ...args];
  await kubecfg(ann(namespace, 'run', WEB_A, '0', 'hers'), { env });
  assert.equal(rows(await kubecfg(ann(namespace, 'get', 'replicationControllers/hers'), { env })).length, 3);
  for (const args of [
    ['run', WEB_A, '0', 'hers'],
    ['list', 'pods'],
    ['get', 'replicationControllers/hers'],
    ['delete', 'pods/hers'],
  ])
    assert.match(
      await refusal(ann('kube-system', ...args), { env }),
      new RegExp(
        `forbidden: User "system:serviceaccount:${namespace}:ann" cannot \\w+ resource .* in the namespace "kube-system"`,
      ),
    );
  await kubecfg(ann(namespace, 'rm', 'hers'), { env });
  writeFileSync(auth, JSON.stringify({ BearerToken: 'wrong', CAFile: 'ca.crt' }));
  assert.match(await refusal(ann(namespace, 'list', 'pods'), { env }), /Unauthorized/);
});

test('a failure is a Status of v1beta1, and nobody takes another place through it', async () => {
  const ask = await apiCaller(kubeconfigPath);
  const pods = (query: string, id = ''): string => `/api/v1beta1/pods${id}?namespace=${namespace}${query}`;
  assert.match(await refusal(['get', 'pods/none']), /pods "none" not found/);
  const { status, object } = await ask('GET', pods('', '/none'));
  assert.equal(status, 404);
  assert.deepEqual(object, {
    kind: 'Status',
    apiVersion: 'v1beta1',
    status: 'failure',
    message: 'pods "none" not found',
    reason: 'NotFound',
    details: { name: 'none', kind: 'pods' },
    code: 404,
  });
  assert.equal((await ask('GET', pods(''))).object['kind'], 'PodList');
  const asBob = await ask('GET', pods(''), { headers: { 'impersonate-user': 'bob' } });
  assert.deepEqual([asBob.status, asBob.object['message']], [400, 'impersonation is not part of v1beta1: use /api/v1']);
  assert.equal((await ask('GET', pods(''), { anonymous: true })).status, 403);
  assert.equal((await ask('PATCH', pods('', '/none'), { body: '{}' })).status, 405);
  assert.equal((await ask('POST', pods(''), { body: '{' })).status, 400);
  const stdin = JSON.stringify({ id: 'bad', desiredState: { manifest: { containers: [{ name: 'Bad Name', image: 'x' }] } } });
  assert.match(await refusal(['-c', '-', 'create', 'pods'], { stdin }), /Pod "bad" is invalid: spec\.containers\[0\]\.name/);
  assert.match(await refusal(['list', 'gears']), /unknown resource "gears": it is one of pods, services/);
});

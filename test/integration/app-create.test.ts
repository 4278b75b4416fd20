import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { packageRoot } from '../../lib/common/assets.ts';
import type { ImageStreamTag } from '../../lib/platform/api/image/image-types.ts';
import { readKubeconfig } from '../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { platformImage } from '../support/platform-images.ts';
import { runCommand } from '../support/run-command.ts';

// `openshift app` as somebody with the role edit in one project uses it: registry, router, builds and rollouts are the real ones.

let platform: TestPlatform;
let httpPort: number;
const home = mkdtempSync(join(tmpdir(), 'oo-test-app-'));
const folder = join(home, 'site');
const developer = join(home, 'developer.kubeconfig');
const TIMEOUT = 120_000;
const KINDS =
  'imagestreams,buildconfigs,builds,deployments,replicasets,deploymentconfigs,replicationcontrollers,services,routes,pods';

const environment = {
  HOME: home,
  GIT_CONFIG_GLOBAL: '/dev/null',
  LC_ALL: 'C.UTF-8',
};
const app = (args: readonly string[], kubeconfig = developer, cwd = home) =>
  runCommand(
    [process.execPath, '--disable-warning=ExperimentalWarning', join(packageRoot(), 'bin', 'openshift.ts'), 'app', ...args],
    { env: { ...environment, KUBECONFIG: kubeconfig }, cwd, anyCode: true, timeout: TIMEOUT * 2 },
  );
const git = (...args: string[]) => gitIn(folder, ...args);
const gitIn = (cwd: string, ...args: string[]) =>
  runCommand(['git', '-c', 'user.name=Dev', '-c', 'user.email=dev@example.com', ...args], {
    // A user's own authority would outweigh the platform's.
    env: { ...environment, GIT_SSL_CAINFO: undefined },
    cwd,
    anyCode: true,
    timeout: TIMEOUT,
  });

const imageId = async (name: string): Promise<string> =>
  (await runCommand(['docker', 'image', 'inspect', '--format={{.Id}}', `openshift/${name}`])).stdout.trim();

const page = async (host = 'site-web.apps.localhost'): Promise<string> =>
  new Promise((resolve, reject) => {
    // On a connection of its own: one that rests the router may close in the moment in which it is used again.
    const options = { host: '127.0.0.1', port: httpPort, headers: { host }, agent: false };
    get(options, (response) => text(response).then(resolve, reject)).once('error', reject);
  });

before(async () => {
  for (const image of ['builder', 'router', 'static', 'php', 'nodejs', 'python']) await platformImage(image);
  httpPort = await freePort();
  platform = await startPlatform({
    config: {
      images: { registry: await platformImage('registry') },
      registry: { enabled: true },
      router: { enabled: true, domain: 'apps.localhost', httpPort, httpsPort: await freePort() },
    },
  });
  const { kubectl } = platform;
  for (const name of ['docker-registry', 'router'])
    await eventually(() => kubectl(['rollout', 'status', `deployment/${name}`, '-n', 'default', '--timeout=60s']), {
      timeout: TIMEOUT,
    });
  await kubectl(['create', 'namespace', 'web']);
  await kubectl(['create', 'serviceaccount', 'dev', '-n', 'web']);
  await kubectl(['create', 'rolebinding', 'dev', '--clusterrole=edit', '--serviceaccount=web:dev', '-n', 'web']);
  const { server, caPem } = await readKubeconfig(platform.kubeconfigPath);
  const token = await kubectl.text('create', 'token', 'dev', '-n', 'web');
  const authority = { 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  // The same server at an address that its certificate is not for, as behind a NAT.
  const outside = Object.assign(new URL(server), { hostname: '127.0.0.2' }).origin;
  const kubeconfig = {
    clusters: [
      { name: 'here', cluster: { server, ...authority } },
      { name: 'outside', cluster: { server: outside, ...authority, 'tls-server-name': 'kubernetes' } },
    ],
    users: [{ name: 'dev', user: { token: token.trim() } }],
    contexts: [
      { name: 'dev', context: { cluster: 'here', user: 'dev', namespace: 'web' } },
      { name: 'dev-outside', context: { cluster: 'outside', user: 'dev', namespace: 'web' } },
    ],
    'current-context': 'dev',
  };
  writeFileSync(developer, JSON.stringify(kubeconfig), { mode: 0o600 });
});
after(async () => {
  await platform?.stop();
  rmSync(home, { recursive: true, force: true });
});

test('each builder image that the node has is a stream of the project openshift, which everybody sees and builds from', async () => {
  const { kubectl } = platform;
  for (const [name, version] of [
    ['nodejs', '20'],
    ['python', '3.13'],
    ['php', '8.4'],
  ] as const) {
    const id = await imageId(name);
    await eventually(
      async () => {
        const text = await kubectl.text(
          'get',
          'imagestreamtag',
          `${name}:latest`,
          '-n',
          'openshift',
          '-o',
          'json',
          '--kubeconfig',
          developer,
        );
        const { image, tag } = JSON.parse(text) as ImageStreamTag;
        assert.equal(image?.dockerImageReference, `openshift/${name}@${id}`);
        assert.deepEqual(tag?.from, { kind: 'ImageStreamTag', name: version });
        assert.equal(tag?.annotations?.['tags'], `builder,${name}`);
        const { Config } = image.dockerImageMetadata as { Config: { ExposedPorts: object; Labels: Record<string, string> } };
        assert.deepEqual(Config.ExposedPorts, { '8080/tcp': {} });
        assert.equal(Config.Labels['io.openshift.s2i.scripts-url'], 'image:///usr/libexec/s2i');
      },
      { timeout: 30_000 },
    );
  }
});

test('an image of the platform runs in a pod by its id too, and by the id of another image nothing does', async () => {
  const { kubectl } = platform;
  const run = (name: string, image: string) =>
    kubectl([
      'run',
      name,
      '-n',
      'web',
      `--image=${image}`,
      '--restart=Never',
      '--command',
      '--',
      'true',
      '--kubeconfig',
      developer,
    ]);
  await run('by-id', `openshift/static@${await imageId('static')}`);
  await run('not-its-id', `openshift/static@${await imageId('router')}`);
  await eventually(
    async () => {
      const phase = await kubectl.text('get', 'pod', 'by-id', '-n', 'web', '-o', 'jsonpath={.status.phase}');
      assert.equal(phase, 'Succeeded');
      const waiting = 'jsonpath={.status.containerStatuses[0].state.waiting.reason}';
      assert.match(await kubectl.text('get', 'pod', 'not-its-id', '-n', 'web', '-o', waiting), /ErrImagePull|ImagePullBackOff/);
    },
    { timeout: 60_000 },
  );
  await kubectl(['delete', 'pod', 'by-id', 'not-its-id', '-n', 'web', '--wait=false']);
});

test('what has the name already is named, and nothing is made', async () => {
  const { kubectl } = platform;
  await kubectl(['create', 'service', 'clusterip', 'site', '--tcp=80', '-n', 'web']);
  const { code, stderr } = await app(['create', 'site', '-t', 'static']);
  assert.equal(code, 1);
  assert.match(stderr, /there is service\/site of somebody else's/);
  assert.equal(await kubectl.text('get', 'imagestreams,buildconfigs', '-n', 'web', '-o', 'name'), '');
  await kubectl(['delete', 'service', 'site', '-n', 'web']);
});

test('an application is made by one command, which shows its build and where it answers', async () => {
  const { code, stdout, stderr } = await app(['create', 'site', '-t', 'static']);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  assert.match(stderr, /remote: build site-1 of [0-9a-f]{10} begins/);
  assert.match(stderr, /remote: Push successful/);
  assert.match(stderr, /remote: deployment site: rolled out/);
  assert.match(stdout, new RegExp(`site is at http://site-web\\.apps\\.localhost:${httpPort}/`));
  await eventually(async () => assert.match(await page(), /Hello from a site of files/), { timeout: 20_000 });
});

test('a change that is committed and pushed answers', async () => {
  writeFileSync(join(folder, 'index.html'), 'the second version\n');
  await git('commit', '--quiet', '--all', '--message=Change it');
  const { code, stderr } = await git('push');
  assert.equal(code, 0, stderr);
  assert.match(stderr, /remote: build site-2 of/);
  await eventually(async () => assert.equal(await page(), 'the second version\n'), { timeout: 20_000 });
});

test('no credential is in an argument, a URL or a file that others read', async () => {
  const token = /"token":"([^"]+)"/.exec(readFileSync(developer, 'utf8'))![1]!;
  assert.ok(!readFileSync(join(folder, '.git', 'config'), 'utf8').includes(token));
  const again = await app(['create', 'site', '-t', 'static'], platform.kubeconfigPath);
  // Another project: the administrator's kubeconfig names none.
  assert.equal(again.code, 1, again.stdout);
  assert.match(again.stderr, /is there already, and is not this application's/);
  const taken = await app(['create', 'site', '-t', 'static', '-n', 'web'], platform.kubeconfigPath);
  assert.equal(taken.code, 0, taken.stderr);
  assert.match(taken.stderr, /Everything up-to-date/);
  assert.equal(statSync(join(folder, '.git', 'openshift', 'client.key')).mode & 0o777, 0o600);
  assert.equal((await git('fetch')).code, 0);
});

test('it is listed, scaled, given variables, and its log is shown', async () => {
  const { kubectl } = platform;
  const listed = JSON.parse((await app(['list', '-o', 'json'])).stdout) as { name: string; type: string; url: string }[];
  assert.deepEqual(
    listed.map(({ name, type, url }) => [name, type, url]),
    [['site', 'static', `http://site-web.apps.localhost:${httpPort}/`]],
  );
  await eventually(async () =>
    assert.match((await app(['list'])).stdout, /^NAME +TYPE +PODS +VERSION +URL\nsite +static +1\/1 /),
  );
  assert.equal((await app(['scale', 'site', '2'])).code, 0);
  await eventually(async () => assert.match((await app(['list'])).stdout, /2\/2/), { timeout: 30_000 });
  assert.equal((await app(['scale', 'site', 'many'])).code, 2);
  assert.equal((await app(['env', 'site', 'GREETING=hello world', 'OTHER=x'])).stdout, 'GREETING=hello world\nOTHER=x\n');
  assert.equal((await app(['env', 'site', 'OTHER-'])).stdout, 'GREETING=hello world\n');
  assert.equal((await app(['env', 'site'])).stdout, 'GREETING=hello world\n');
  await eventually(
    async () => assert.match(await kubectl.text('get', 'pods', '-n', 'web', '-l', 'deployment=site', '-o', 'yaml'), /GREETING/),
    { timeout: 60_000 },
  );
  assert.match((await app(['logs', 'site', '--build'])).stdout, /^Push successful$/m);
  await eventually(async () => assert.match((await app(['logs', 'site'])).stdout, /\S/), { timeout: 30_000 });
  assert.equal((await app(['scale', 'site', '0'])).code, 0);
  await eventually(async () => assert.match((await app(['logs', 'site'])).stderr, /site has no pod whose log could be shown/), {
    timeout: 30_000,
  });
  assert.match((await app(['logs', 'other'])).stderr, /there is no application "other" in the project web/);
});

test('deleted, it leaves nothing on the platform, and its folder', async () => {
  const { kubectl } = platform;
  await kubectl(['create', 'configmap', 'of-somebody', '-n', 'web']);
  await kubectl(['label', 'configmap', 'of-somebody', 'app=site', '-n', 'web']);
  assert.match((await app(['delete', 'site'])).stderr, /answer with --yes/);
  const { code, stderr } = await app(['delete', 'site', '--yes']);
  assert.equal(code, 0, stderr);
  await eventually(
    async () => {
      assert.equal(await kubectl.text('get', KINDS, '-n', 'web', '-o', 'name'), '');
      assert.doesNotMatch(await kubectl.text('get', 'secrets', '-n', 'web', '-o', 'name'), /site/);
    },
    { timeout: 60_000 },
  );
  await kubectl(['get', 'configmap', 'of-somebody', '-n', 'web']);
  assert.equal(readFileSync(join(folder, 'index.html'), 'utf8'), 'the second version\n');
  assert.match((await app(['delete', 'site', '--yes'])).stderr, /there is no application "site"/);
});

/** The whole of an application of each type, in the file that its sample is in. */
const edited = {
  nodejs: ['server.js', "require('node:http').createServer((_, answer) => answer.end(`edited, ${40 + 2}`)).listen(8080);\n"],
  python: [
    'app.py',
    `from wsgiref.simple_server import make_server
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [f'edited, {40 + 2}'.encode()]
make_server('', 8080, application).serve_forever()
`,
  ],
} as const;

async function createEditPush(type: keyof typeof edited, hello: RegExp, rolledOut: RegExp, ...flags: string[]): Promise<void> {
  const host = `${type}-web.apps.localhost`;
  const made = await app(['create', type, '-t', type, ...flags]);
  assert.equal(made.code, 0, `${made.stdout}\n${made.stderr}`);
  assert.match(made.stderr, rolledOut);
  await eventually(async () => assert.match(await page(host), hello), { timeout: 20_000 });
  const [file, source] = edited[type];
  writeFileSync(join(home, type, file), source);
  await gitIn(join(home, type), 'commit', '--quiet', '--all', '--message=Edit it');
  const { code, stderr } = await gitIn(join(home, type), 'push');
  assert.equal(code, 0, stderr);
  assert.match(stderr, rolledOut);
  await eventually(async () => assert.equal((await page(host)).trim(), 'edited, 42'), { timeout: 20_000 });
}

test('an application in nodejs, from outside: create, edit, push; a version that crashes is told of and takes nothing away', async (t) => {
  t.after(async () => assert.equal((await app(['delete', 'nodejs', '--yes'])).code, 0));
  await createEditPush('nodejs', /^Hello from Node\.js/, /remote: deployment nodejs: rolled out/, '--context=dev-outside');
  const copy = join(home, 'nodejs');
  writeFileSync(join(copy, 'server.js'), "require('./not-there.js');\n");
  await gitIn(copy, 'commit', '--quiet', '--all', '--message=Break it');
  // Accepted, and told why it does not start long before the deployment's deadline.
  const { code, stderr } = await gitIn(copy, 'push');
  assert.equal(code, 0, stderr);
  assert.match(stderr, /remote: deployment nodejs: this version does not get ready\s+remote: +pod nodejs-\S+: CrashLoopBackOff/);
  assert.match(stderr, /remote: +Error: Cannot find module '\.\/not-there\.js'/);
  assert.match(stderr, /remote: The push is accepted, .* The version before goes on serving\./);
  assert.equal((await page('nodejs-web.apps.localhost')).trim(), 'edited, 42');
  // A container that has just been started again has said nothing yet.
  await eventually(async () =>
    assert.match((await app(['logs', 'nodejs', '--latest'])).stdout, /Cannot find module '\.\/not-there\.js'/),
  );
});

/** What versions before this one made in place of a deployment, and its service. */
function madeEarlier(name: string): object[] {
  const labels = { app: name, 'app.kubernetes.io/managed-by': 'openshift-app' };
  const selector = { app: name, deploymentconfig: name };
  const metadata = { name, namespace: 'web', labels };
  const from = { kind: 'ImageStreamTag', name: `${name}:latest` };
  const container = { name, image: ' ', ports: [{ containerPort: 8080 }], readinessProbe: { tcpSocket: { port: 8080 } } };
  return [
    {
      apiVersion: 'apps.openshift.io/v1',
      kind: 'DeploymentConfig',
      metadata,
      spec: {
        replicas: 1,
        selector,
        triggers: [
          { type: 'ConfigChange' },
          { type: 'ImageChange', imageChangeParams: { automatic: true, containerNames: [name], from } },
        ],
        template: { metadata: { labels: { ...labels, ...selector } }, spec: { containers: [container] } },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ports: [{ name: 'http', port: 8080 }] } },
  ];
}

test('an application in python that an earlier version has made with a deployment config goes on with that', async () => {
  const { kubectl } = platform;
  for (const object of madeEarlier('python'))
    await kubectl(['create', '-f', '-', '--kubeconfig', developer], { stdin: JSON.stringify(object) });
  await createEditPush('python', /^Hello from Python/, /remote: deploymentconfig python: rolled out/);
  assert.equal(await kubectl.text('get', 'deployments', '-n', 'web', '-o', 'name'), '');
  await eventually(async () => assert.match((await app(['list'])).stdout, /^python +python +1\/1 +2 /m));
  await eventually(async () => assert.match((await app(['logs', 'python'])).stdout, /GET \/ HTTP/));
  assert.equal((await app(['scale', 'python', '0'])).code, 0);
  assert.equal((await app(['env', 'python', 'GREETING=hello'])).stdout, 'GREETING=hello\n');
  const { spec } = JSON.parse(await kubectl.text('get', 'deploymentconfig', 'python', '-n', 'web', '-o', 'json')) as {
    spec: { replicas: number; template: { spec: { containers: { env: object[] }[] } } };
  };
  assert.deepEqual([spec.replicas, spec.template.spec.containers[0]!.env], [0, [{ name: 'GREETING', value: 'hello' }]]);
  assert.equal((await app(['delete', 'python', '--yes'])).code, 0);
  await eventually(async () => assert.equal(await kubectl.text('get', 'deploymentconfigs', '-n', 'web', '-o', 'name'), ''), {
    timeout: 60_000,
  });
});

test('the example of the slides: app create newphp -t php, then edit, commit, push', async () => {
  const host = 'newphp-web.apps.localhost';
  const made = await app(['create', 'newphp', '-t', 'php']);
  assert.equal(made.code, 0, `${made.stdout}\n${made.stderr}`);
  await eventually(async () => assert.match(await page(host), /^Hello from PHP 8/), { timeout: 20_000 });
  const newphp = join(home, 'newphp');
  writeFileSync(join(newphp, 'index.php'), "<?php echo 'edited, ' . (40 + 2);\n");
  await gitIn(newphp, 'commit', '--quiet', '--all', '--message=Edit it');
  const { code, stderr } = await gitIn(newphp, 'push');
  assert.equal(code, 0, stderr);
  await eventually(async () => assert.equal((await page(host)).trim(), 'edited, 42'), { timeout: 20_000 });
  assert.equal((await app(['delete', 'newphp', '--yes'])).code, 0);
});

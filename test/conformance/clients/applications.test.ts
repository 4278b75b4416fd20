import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { hashSync } from 'bcryptjs';
import { assetPath } from '../../../lib/common/assets.ts';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { replay } from '../../support/wire/replay.ts';
import { type SendStep, wireClient } from '../../support/wire/wire-client.ts';
import type { WireFlow } from '../../support/wire/wire-flow.ts';
import type { StreamClient } from '../../support/wire/wire-streams.ts';
import { nodeshiftFolder, nodeshiftMissing } from '../../support/openshift-rest-client.ts';
import { ensureWebImages, WEB_A } from '../../support/images.ts';
import { platformImage } from '../../support/platform-images.ts';
import { startPlatform, type TestPlatform } from '../../support/platform.ts';
import { type CommandResult, runCommand } from '../../support/run-command.ts';
import { logsOfBuilds, newBinaryBuild, startFromFile, startFromFolder, startWithoutBytes } from './oc/binary-builds.ts';
import { attach, debugConfig, debugNode, removePod, removeProject } from './oc/debug.ts';
import { importForeign, importImage, importRepository } from './oc/imports.ts';
import { login } from './oc/login.ts';
import { nodeLogs, top } from './oc/nodes.ts';
import { newProject } from './oc/projects.ts';
import { registryLogin } from './oc/registry.ts';
import { rolloutStatus } from './oc/rollouts.ts';
import { findPod, logsOfApp, runApp } from './oc/running-app.ts';
import { exec, portForward, remoteShell, rsync, type StreamScene } from './oc/streams.ts';
import { RECORDED_PROJECT, recordNodeshift, replayNodeshift } from '../../support/wire/nodeshift.ts';

// What has to have pods, builds and routes: clients, as somebody with a password, on one platform with its registry, router and build pods.
// It takes the longest, and so begins first: files are run in the order of their names.
const folder = mkdtempSync(join(tmpdir(), 'oo-test-applications-'));
let platform: TestPlatform;
let httpsPort: number;

/** For builds and rollouts one after the other, and for images that have to be made first. */
const timeout = 900_000;

async function prepare(): Promise<void> {
  for (const name of ['registry', 'router', 'builder', 'nodejs']) await platformImage(name);
  const htpasswdFile = join(folder, 'htpasswd');
  const passwords = { alice: 'wonderland', bob: 'builder', olga: 'operator' };
  writeFileSync(
    htpasswdFile,
    Object.entries(passwords)
      .map(([name, word]) => `${name}:${hashSync(word, 4)}\n`)
      .join(''),
  );
  httpsPort = await freePort();
  const router = { enabled: true, domain: 'apps.localhost', httpPort: await freePort(), httpsPort };
  platform = await startPlatform({ config: { oauth: { htpasswdFile }, registry: { enabled: true }, router } });
  const { kubectl } = platform;
  const asAlice = ['--as=alice', '--as-group=system:authenticated', '--as-group=system:authenticated:oauth'];
  const request = JSON.stringify({ metadata: { name: 'shop' } });
  await kubectl(['create', '--raw', '/apis/project.openshift.io/v1/projectrequests', '-f', '-', ...asAlice], {
    stdin: request,
  });
  await kubectl(['create', 'clusterrolebinding', 'olga', '--clusterrole=cluster-admin', '--user=olga']);
  // The platform makes them after the API has begun to answer.
  const rolledOut = (name: string): string[] => ['rollout', 'status', `deployment/${name}`, '-n', 'default', '--timeout=60s'];
  for (const name of ['docker-registry', 'router']) await eventually(() => kubectl(rolledOut(name)), { timeout: 60_000 });
}
before(prepare, { timeout });
after(async () => {
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// The unmodified nodeshift.
describe('nodeshift', { skip: nodeshiftMissing }, () => {
  const nodeshift = (app: string, user: string, password: string, ...args: string[]): Promise<CommandResult> =>
    nodeshiftAt(platform.url, 'shop', app, user, password, ...args);
  const nodeshiftAt = (
    server: string,
    project: string,
    app: string,
    user: string,
    password: string,
    ...args: string[]
  ): Promise<CommandResult> => {
    const login = [`--server=${server}`, `--username=${user}`, `--password=${password}`, '--insecure', '--forceLogin'];
    const program = join(nodeshiftFolder, 'node_modules', 'nodeshift', 'bin', 'nodeshift');
    const argv = [process.execPath, program, ...args, ...login, `--namespace.name=${project}`];
    return runCommand(argv, {
      cwd: app,
      env: { HOME: folder, KUBECONFIG: join(folder, 'none') },
      timeout: 110_000,
      anyCode: true,
    });
  };

  /** What the application answers through the router, by its route's host. */
  const answer = async (name: string, project = 'shop'): Promise<string> => {
    const host = (await platform.kubectl.json('get', 'route', name, '-n', project)).spec!['host'] as string;
    const to = ['--connect-to', `::127.0.0.1:${httpsPort}`];
    // Its image's tag brings about a second version right away: what is sent to the first one's pod while that goes is asked anew.
    return (await runCommand(['curl', '--silent', '--fail', '--insecure', '--max-time', '10', ...to, `https://${host}/`])).stdout;
  };

  for (const strategy of ['Source', 'Docker'] as const) {
    test(`deploys an application from ${strategy === 'Source' ? 'its source' : 'its Dockerfile'}, exposes it, and takes it away`, async () => {
      const name = `app-${strategy.toLowerCase()}`;
      const app = join(folder, name);
      cpSync(assetPath('apps', 'nodejs'), app, { recursive: true });
      writeFileSync(join(app, 'package.json'), JSON.stringify({ name, version: '1.0.0', scripts: { start: 'node server.js' } }));
      if (strategy === 'Docker') writeFileSync(join(app, 'Dockerfile'), DOCKERFILE);
      const image = strategy === 'Source' ? ['--dockerImage=openshift/nodejs'] : ['--build.strategy=Docker'];

      // Somebody else may not, with the same words. (From a Dockerfile it is the same: each of the requests is tried below.)
      if (strategy === 'Source') {
        const refused = await nodeshift(app, 'bob', 'builder', 'deploy', '--expose', ...image);
        assert.match(refused.stdout + refused.stderr, /forbidden/);
      }
      const deployed = await nodeshift(app, 'alice', 'wonderland', 'deploy', '--expose', ...image);
      assert.equal(deployed.code, 0, deployed.stdout + deployed.stderr);
      assert.match(deployed.stdout, /Push successful/);
      assert.match(deployed.stdout, new RegExp(`route host mapping ${name}-shop\\.apps\\.localhost`));
      await eventually(async () => assert.match(await answer(name), /Hello/i), { timeout: 60_000 });

      const removed = await nodeshift(app, 'alice', 'wonderland', 'undeploy', 'removeAll', ...image);
      assert.equal(removed.code, 0, removed.stdout + removed.stderr);
      await nothingLeft('shop');
    });
  }

  const nothingLeft = (project: string): Promise<void> =>
    eventually(
      async () => {
        const { stdout } = await platform.kubectl(['get', 'all,is,bc,builds,routes', '-n', project, '-o', 'name']);
        assert.equal(stdout, '');
      },
      { timeout: 60_000 },
    );

  test('what it sends to deploy and to undeploy, sent again, does it; somebody else is refused each of it', async () => {
    await platform.kubectl(['create', 'namespace', RECORDED_PROJECT]);
    await platform.kubectl(['create', 'rolebinding', 'alice', '--clusterrole=admin', '--user=alice', '-n', RECORDED_PROJECT]);
    const { kubeconfigPath } = platform;
    const apps = (['Source', 'Docker'] as const).map((strategy) => {
      const name = `app-${strategy.toLowerCase()}`;
      // One that nodeshift has left nothing in.
      const app = join(folder, RECORDED_PROJECT, name);
      cpSync(assetPath('apps', 'nodejs'), app, { recursive: true });
      writeFileSync(join(app, 'package.json'), JSON.stringify({ name, version: '1.0.0', scripts: { start: 'node server.js' } }));
      if (strategy === 'Docker') writeFileSync(join(app, 'Dockerfile'), DOCKERFILE);
      return { strategy, name, app };
    });
    if (process.env['OO_RECORD'] !== undefined) {
      for (const { strategy, app } of apps) {
        const run = (server: string, words: readonly string[]): Promise<CommandResult> =>
          nodeshiftAt(server, RECORDED_PROJECT, app, 'alice', 'wonderland', ...words);
        await recordNodeshift(kubeconfigPath, 'deploy', strategy, run);
        await recordNodeshift(kubeconfigPath, 'undeploy', strategy, run);
      }
      await nothingLeft(RECORDED_PROJECT);
    }
    await Promise.all(
      apps.map(async ({ strategy, name, app }) => {
        const as = { kubeconfigPath, folder: app, owner: 'alice:wonderland', stranger: 'bob:builder' };
        await replayNodeshift('deploy', strategy, as);
        await eventually(async () => assert.match(await answer(name, RECORDED_PROJECT), /Hello/i), { timeout: 60_000 });
        await replayNodeshift('undeploy', strategy, as);
      }),
    );
    await nothingLeft(RECORDED_PROJECT);
  });
});

// What oc sends, without oc: that which needs a node.
describe('oc', () => {
  const STALL = 'stall';
  const PROJECT = 'market';
  let send: SendStep;
  let close: () => void;
  let owner: StreamClient;
  let stranger: StreamClient;
  let operator: StreamClient;
  let archive: Buffer;
  let scene: StreamScene;

  before(async () => {
    const { server, caPem } = await readKubeconfig(platform.kubeconfigPath);
    ({ send, close } = wireClient(server, caPem));
    const clientOf = async (name: string, password: string): Promise<StreamClient> => ({
      server,
      ca: caPem,
      token: (await replay(send, login(name, password), {})).token as string,
    });
    owner = await clientOf('alice', 'wonderland');
    stranger = await clientOf('bob', 'builder');
    operator = await clientOf('olga', 'operator');
    const app = join(folder, 'stall');
    cpSync(assetPath('apps', 'nodejs'), app, { recursive: true });
    writeFileSync(join(app, 'Dockerfile'), DOCKERFILE);
    await runCommand(['tar', '-C', app, '-cf', join(folder, 'stall.tar'), '.']);
    archive = readFileSync(join(folder, 'stall.tar'));
    await replay(send, newProject(PROJECT), { token: owner.token });
  });
  after(() => close());

  const replays = (name: string, flow: () => WireFlow): void => {
    test(name, async () => {
      await replay(send, flow(), { token: owner.token, strangersToken: stranger.token });
    });
  };
  const operatorReplays = (name: string, flow: () => WireFlow): void => {
    test(name, async () => {
      await replay(send, flow(), { token: operator.token, strangersToken: owner.token });
    });
  };

  // These build on each other, as a user's commands do.
  replays('new-build --binary', () => newBinaryBuild(PROJECT, STALL));
  replays('start-build --from-dir --follow --wait', () => startFromFolder(PROJECT, STALL, gzipSync(archive)));
  replays('registry info and login', () => registryLogin(PROJECT, STALL, owner.token));
  replays('import-image', () => importImage(PROJECT, STALL));
  replays('import-image --all', () => importRepository(PROJECT, STALL));
  test("import-image of somebody else's image", async () => {
    const { kubectl } = platform;
    const { status } = await kubectl.json('get', 'imagestream', STALL, '-n', PROJECT);
    await replay(send, newProject('rival', 'bob'), { token: stranger.token });
    const as = { token: stranger.token, strangersToken: owner.token };
    await replay(send, importForeign('rival', status!['dockerImageRepository'] as string), as);
  });
  replays('new-app, and logs -f of the deployment config', () => runApp(PROJECT, STALL));
  replays('rollout status', () => rolloutStatus(PROJECT, STALL, 'NewReplicationControllerAvailable'));
  replays('logs of the deployment config', () => logsOfApp(PROJECT, STALL));

  test('get pods', async () => {
    const { pod } = await replay(send, findPod(PROJECT, STALL), { token: owner.token, strangersToken: stranger.token });
    scene = { path: `/api/v1/namespaces/${PROJECT}/pods/${pod}`, container: STALL, owner, stranger };
  });
  test('exec', () => exec(scene));
  test('rsh', () => remoteShell(scene));
  test('rsync', () => rsync(scene, archive));
  test('port-forward', () => portForward(scene));

  test('debug of a deployment config', async () => {
    const as = { token: owner.token, strangersToken: stranger.token };
    await replay(send, debugConfig(PROJECT, STALL), as);
    const pod = `/api/v1/namespaces/${PROJECT}/pods/${STALL}-debug`;
    await attach({ owner, stranger }, pod, STALL, { types: 'echo "I am $((40 + 2))"', sees: /^I am 42\r$/m });
    await replay(send, removePod(PROJECT, `${STALL}-debug`), as);
  });
  test('debug of a node', async (t) => {
    const image = 'oo-test/tools:1';
    await ensureWebImages();
    await runCommand(['docker', 'tag', WEB_A, image]);
    t.after(() => runCommand(['docker', 'rmi', image], { anyCode: true }));
    const as = { token: operator.token, strangersToken: owner.token };
    const { project, pod } = await replay(send, debugNode(platform.nodeName, image), as);
    const state = await platform.kubectl.text(
      'get',
      'pod',
      pod,
      '-n',
      project,
      '-o',
      'jsonpath={.status.containerStatuses[0].state}',
    );
    // Docker within some sandboxes may not.
    if (state.includes('operation not permitted'))
      process.stdout.write(
        `NOT TRIED: the shell of oc debug node, since this machine starts no privileged containers: ${state}\n`,
      );
    else {
      const path = `/api/v1/namespaces/${project}/pods/${pod}`;
      await attach({ owner: operator, stranger: owner }, path, 'container-00', {
        types: 'ls -d /host/etc',
        sees: /^\/host\/etc\r$/m,
      });
    }
    await replay(send, removeProject(project as string), as);
  });
  operatorReplays('adm top', () => top(PROJECT, platform.nodeName));
  operatorReplays('adm node-logs', () => nodeLogs(platform.nodeName));

  replays('start-build --from-file', () => startFromFile(PROJECT, STALL, 'FROM openshift/nodejs:latest\nLABEL stall=two\n'));
  replays('logs of builds', () => logsOfBuilds(PROJECT, STALL));
  replays('start-build without anything to build', () => startWithoutBytes(PROJECT, STALL));
});

const DOCKERFILE = `FROM openshift/nodejs:latest
COPY package.json server.js /opt/app-root/src/
WORKDIR /opt/app-root/src
CMD ["node", "server.js"]
`;

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { assetPath } from '../../../lib/common/assets.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../support/free-port.ts';
import { nodeshiftFolder, nodeshiftMissing } from '../../support/openshift-rest-client.ts';
import { platformImage } from '../../support/platform-images.ts';
import { startPlatform, type TestPlatform } from '../../support/platform.ts';
import { RECORDED_PROJECT, recordNodeshift, replayNodeshift } from '../../support/wire/nodeshift.ts';
import { type CommandResult, runCommand } from '../../support/run-command.ts';

// The unmodified nodeshift, as somebody with a password, on a platform with its registry, router and build pods.
describe('nodeshift', { skip: nodeshiftMissing }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'oo-test-nodeshift-'));
  let platform: TestPlatform;
  let httpsPort: number;

  before(async () => {
    for (const name of ['registry', 'router', 'builder', 'nodejs']) await platformImage(name);
    const htpasswdFile = join(folder, 'htpasswd');
    writeFileSync(htpasswdFile, `alice:${hashSync('wonderland', 4)}\nbob:${hashSync('builder', 4)}\n`);
    httpsPort = await freePort();
    const router = { enabled: true, domain: 'apps.localhost', httpPort: await freePort(), httpsPort };
    platform = await startPlatform({ config: { oauth: { htpasswdFile }, registry: { enabled: true }, router } });
    const { kubectl } = platform;
    const asAlice = ['--as=alice', '--as-group=system:authenticated', '--as-group=system:authenticated:oauth'];
    const request = JSON.stringify({ metadata: { name: 'shop' } });
    await kubectl(['create', '--raw', '/apis/project.openshift.io/v1/projectrequests', '-f', '-', ...asAlice], {
      stdin: request,
    });
    // The platform makes them after the API has begun to answer.
    const rolledOut = (name: string): string[] => ['rollout', 'status', `deployment/${name}`, '-n', 'default', '--timeout=60s'];
    for (const name of ['docker-registry', 'router']) await eventually(() => kubectl(rolledOut(name)), { timeout: 60_000 });
  });
  after(async () => {
    await platform?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

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
    return (await runCommand(['curl', '--silent', '--fail', '--insecure', ...to, `https://${host}/`])).stdout;
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

const DOCKERFILE = `FROM openshift/nodejs:latest
COPY package.json server.js /opt/app-root/src/
WORKDIR /opt/app-root/src
CMD ["node", "server.js"]
`;

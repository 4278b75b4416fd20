import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../../support/eventually.ts';
import { replay } from '../../support/oc/replay.ts';
import { wireClient } from '../../support/oc/wire-client.ts';
import type { WireFlow } from '../../support/oc/wire-flow.ts';
import { startPlatform } from '../../support/platform.ts';
import { cancelBuild, getBuilds, newBuild, startBuild } from './oc/builds.ts';
import { cancelRollout, getConfigs, newApp, rollback, rollout, scale, setEnv } from './oc/deployments.ts';
import { getStreams, importAbsent, inspectStream, push, tag } from './oc/images.ts';
import { loggedIn, login, logout, wrongPassword } from './oc/login.ts';
import { addRole, canI, whoCan } from './oc/policy.ts';
import { deleteProject, newProject, project, projects, startingObjects } from './oc/projects.ts';
import { expose } from './oc/routes.ts';
import { status } from './oc/status.ts';
import { createTemplate, process } from './oc/templates.ts';

// What oc sends, without oc. No node: nothing here runs pods.
const folder = mkdtempSync(join(tmpdir(), 'oo-test-passwords-'));
const htpasswdFile = join(folder, 'htpasswd');
writeFileSync(htpasswdFile, `alice:${hashSync('wonderland', 4)}\nbob:${hashSync('builder', 4)}\n`);
const platform = await startPlatform({ parts: 'master', config: { oauth: { htpasswdFile } } });
const { server, caPem } = await readKubeconfig(platform.kubeconfigPath);
const { send, close } = wireClient(server, caPem);
after(async () => {
  close();
  await platform.stop();
  rmSync(folder, { recursive: true });
});

const logIn = async (name: string, password: string): Promise<string> =>
  (await replay(send, login(name, password), {})).token as string;
const alice = await logIn('alice', 'wonderland');
const bob = await logIn('bob', 'builder');
const SHOP = 'shop';
await replay(send, newProject(SHOP), { token: alice });

/** As alice, whose project it is; bob is the stranger. */
const replays = (...flows: readonly WireFlow[]): void => {
  for (const flow of flows) {
    test(flow.command, async () => {
      await replay(send, flow, { token: alice, strangersToken: bob });
    });
  }
};

describe('oc login', () => {
  replays(loggedIn('alice'), wrongPassword);

  test('oc logout', async () => {
    const token = await logIn('bob', 'builder');
    await replay(send, logout(token), { token });
    await replay(send, loggedIn('bob'), { token: bob });
  });
});

describe('oc projects', () => {
  replays(project(SHOP), startingObjects(SHOP), newProject('gone'), projects(['gone', SHOP]), deleteProject('gone'));

  test('oc projects of somebody who has none', async () => {
    await replay(send, projects([]), { token: bob });
  });
});

// These build on each other, as a user's commands do.
describe('oc tag and import', () => {
  replays(push(SHOP), inspectStream(SHOP), importAbsent(SHOP), tag(SHOP), getStreams(SHOP));
});

describe('oc new-build and start-build', () => {
  replays(newBuild(SHOP), startBuild(SHOP), cancelBuild(SHOP), getBuilds(SHOP));
});

describe('oc new-app and rollout', () => {
  replays(newApp(SHOP), cancelRollout(SHOP));

  // There is no kubelet to say so.
  test('the deployer that was cancelled ends', async () => {
    const failed = JSON.stringify({ status: { phase: 'Failed' } });
    await platform.kubectl(['patch', 'pod', 'site-1-deploy', '-n', SHOP, '--subresource=status', '--type=merge', '-p', failed]);
  });

  replays(rollout(SHOP));

  test(rollback(SHOP).command, async () => {
    // Again when a controller writes the status between its two requests, as its user would: oc does not by itself.
    await eventually(() => replay(send, rollback(SHOP), { token: alice, strangersToken: bob }));
  });

  replays(scale(SHOP), setEnv(SHOP), getConfigs(SHOP));
});

describe('oc expose, process, policy and status', () => {
  replays(expose(SHOP), createTemplate(SHOP), process(SHOP), addRole(SHOP), whoCan(SHOP), canI(SHOP, true), status(SHOP));

  test('oc auth can-i of a stranger', async () => {
    await replay(send, canI(SHOP, false), { token: bob });
  });
});

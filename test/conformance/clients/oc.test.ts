import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { eventually } from '../../support/eventually.ts';
import { replay, type ReplayAs } from '../../support/wire/replay.ts';
import { wireClient } from '../../support/wire/wire-client.ts';
import type { WireFlow } from '../../support/wire/wire-flow.ts';
import { startPlatform } from '../../support/platform.ts';
import { apiResources, showConsole, version } from './oc/about.ts';
import { cancelBuild, getBuilds, newBuild, startBuild } from './oc/builds.ts';
import { cancelRollout, getConfigs, newApp, rollback, rollout, scale, setEnv } from './oc/deployments.ts';
import { createQuotas, describeBuilds, describeConfig, describeProject, describeService, describeStream } from './oc/describe.ts';
import { groups } from './oc/groups.ts';
import { DIGEST, getStreams, importAbsent, importImage, inspectStream, push, tag } from './oc/images.ts';
import { loginWeb } from './oc/login-web.ts';
import { loggedIn, login, logout, wrongPassword } from './oc/login.ts';
import { podNetworks } from './oc/pod-network.ts';
import { addClusterRole, addConstraint, addRole, canI, canIList, whoCan } from './oc/policy.ts';
import { admNewProject, deleteProject, newProject, project, projects, startingObjects } from './oc/projects.ts';
import { pruneBuilds, pruneDeployments, pruneImages, topImages } from './oc/prune.ts';
import { rolloutHistory, rolloutRetry, rolloutStatus, rolloutUndo } from './oc/rollouts.ts';
import { deleteRoute, expose, exposeConfig } from './oc/routes.ts';
import { listWebhooks, sets } from './oc/set.ts';
import { status } from './oc/status.ts';
import { createTemplate, process } from './oc/templates.ts';

// What oc sends, without oc. No node: nothing here runs pods.
const folder = mkdtempSync(join(tmpdir(), 'oo-test-passwords-'));
const htpasswdFile = join(folder, 'htpasswd');
writeFileSync(
  htpasswdFile,
  `alice:${hashSync('wonderland', 4)}\nbob:${hashSync('builder', 4)}\nolga:${hashSync('operator', 4)}\n`,
);
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
const olga = await logIn('olga', 'operator');
await platform.kubectl(['create', 'clusterrolebinding', 'olga', '--clusterrole=cluster-admin', '--user=olga']);
const SHOP = 'shop';
await replay(send, newProject(SHOP), { token: alice });

const replaysAs =
  (as: ReplayAs) =>
  (...flows: readonly WireFlow[]): void => {
    for (const flow of flows) {
      test(flow.command, async () => {
        await replay(send, flow, as);
      });
    }
  };
/** As alice, whose project it is; bob is the stranger. */
const replays = replaysAs({ token: alice, strangersToken: bob });
/** As olga, who administers the platform; alice may not what she may. */
const olgaReplays = replaysAs({ token: olga, strangersToken: alice });

/** Again when a controller writes the object between its two requests. */
const replaysAgain = (flow: WireFlow): void => {
  test(flow.command, async () => {
    await eventually(() => replay(send, flow, { token: alice, strangersToken: bob }));
  });
};

describe('oc login', () => {
  replays(loggedIn('alice'), wrongPassword, apiResources);
  olgaReplays(version, showConsole);

  test('oc login --web', async () => {
    const { token } = await replay(send, loginWeb('bob', 'builder'), {});
    await replay(send, loggedIn('bob'), { token });
  });

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

  olgaReplays(admNewProject('given'));
  replays(project('given'));
});

// These build on each other, as a user's commands do.
describe('oc tag and import', () => {
  replays(push(SHOP), inspectStream(SHOP), importAbsent(SHOP), importImage(SHOP), tag(SHOP), getStreams(SHOP));
});

describe('oc new-build and start-build', () => {
  replays(newBuild(SHOP), startBuild(SHOP));
  // oc does so by itself.
  replaysAgain(cancelBuild(SHOP));
  replays(getBuilds(SHOP), listWebhooks(SHOP));
});

describe('oc new-app and rollout', () => {
  replays(newApp(SHOP), cancelRollout(SHOP));

  // There is no kubelet to say so.
  const fails = (deployer: string): void => {
    test(`${deployer} ends`, async () => {
      const failed = JSON.stringify({ status: { phase: 'Failed' } });
      await platform.kubectl(['patch', 'pod', deployer, '-n', SHOP, '--subresource=status', '--type=merge', '-p', failed]);
    });
  };
  fails('site-1-deploy');
  replays(rolloutStatus(SHOP, 'site', 'RolloutCancelled'), rollout(SHOP), rolloutHistory(SHOP, 'site', 2));
  fails('site-2-deploy');
  replays(rolloutRetry(SHOP, 'site', 2));
  // Its user does so: oc does not by itself.
  replaysAgain(rollback(SHOP));
  replays(scale(SHOP), setEnv(SHOP), getConfigs(SHOP));
  replaysAgain(rolloutUndo(SHOP, 'site'));
});

describe('oc expose, process, policy and status', () => {
  replays(expose(SHOP), exposeConfig(SHOP), ...sets(SHOP), deleteRoute(SHOP), createTemplate(SHOP), process(SHOP));
  replays(addRole(SHOP), whoCan(SHOP), canI(SHOP, true), canIList(SHOP), status(SHOP));

  test('oc auth can-i of a stranger', async () => {
    await replay(send, canI(SHOP, false), { token: bob });
  });

  olgaReplays(addConstraint(SHOP), addClusterRole, groups('painters'));
});

describe('oc describe', () => {
  olgaReplays(createQuotas(SHOP));
  replays(
    describeConfig(SHOP, 'site'),
    describeBuilds(SHOP, 'site'),
    describeService(SHOP, 'site'),
    describeProject(SHOP),
    describeStream(SHOP, 'ruby', '3'),
  );
});

describe('oc adm', () => {
  olgaReplays(...podNetworks(SHOP, 'given'));
  olgaReplays(
    topImages,
    pruneBuilds(SHOP, ['site-1', 'site-2']),
    pruneDeployments(SHOP, 'site-1'),
    pruneImages(SHOP, 'ruby', '3', DIGEST),
  );
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import { eventually } from '../support/eventually.ts';
import { httpGet } from '../support/http-get.ts';
import { platformImage } from '../support/platform-images.ts';
import { startPlatform, type TestPlatform } from '../support/platform.ts';
import { runCommand } from '../support/run-command.ts';
import { startWrk } from '../support/wrk.ts';

// From a push to production: what is pushed is built, and runs in development; a tag brings it to production, after a hook, under load.

const folder = mkdtempSync(join(tmpdir(), 'oo-test-delivery-'));
const work = join(folder, 'web');
let platform: TestPlatform;
let token: string;

before(async () => {
  for (const name of ['registry', 'builder', 'static', 'nodejs']) await platformImage(name);
  platform = await startPlatform({ config: { registry: { enabled: true } } });
  const { kubectl } = platform;
  await kubectl(['create', '--raw', '/apis/project.openshift.io/v1/projectrequests', '-f', '-'], {
    stdin: JSON.stringify({ metadata: { name: 'shop' } }),
  });
  await eventually(() => kubectl(['rollout', 'status', 'deployment/docker-registry', '-n', 'default', '--timeout=60s']), {
    timeout: 90_000,
  });
  for (const object of objects(platform.url)) await kubectl.create(JSON.stringify(object));
  token = (await kubectl(['create', 'token', 'developer', '-n', 'shop'])).stdout.trim();
  mkdirSync(work);
  await git('init', '--quiet', '--initial-branch=main');
});
after(async () => {
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const STREAM_TAG = (tag: string): object => ({ kind: 'ImageStreamTag', name: `web:${tag}`, namespace: 'shop' });

/** A build config whose source is here, and two deployment configs that follow two tags of its stream. */
function objects(url: string): object[] {
  const named = (apiVersion: string, kind: string, name: string, rest: object, labels: object = {}): object => ({
    apiVersion,
    kind,
    metadata: { name, namespace: 'shop', labels },
    ...rest,
  });
  const probe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, timeoutSeconds: 10 };
  // Longer than it takes until nobody is sent to a pod any more that is about to end.
  const lifecycle = { preStop: { exec: { command: ['sleep', '25'] } } };
  const stage = (name: string, tag: string, strategy: object, replicas: number): object[] => [
    named('v1', 'Service', name, { spec: { selector: { deploymentconfig: name }, ports: [{ port: 80, targetPort: 8080 }] } }),
    named(
      'apps.openshift.io/v1',
      'DeploymentConfig',
      name,
      {
        spec: {
          replicas,
          strategy,
          triggers: [
            { type: 'ConfigChange' },
            { type: 'ImageChange', imageChangeParams: { automatic: true, containerNames: ['web'], from: STREAM_TAG(tag) } },
          ],
          template: {
            metadata: { labels: { stage: name } },
            spec: {
              containers: [{ name: 'web', image: ' ', readinessProbe: probe, lifecycle }],
              terminationGracePeriodSeconds: 60,
            },
          },
        },
      },
      // A push tells of what has the label of its build config.
      { app: tag === 'latest' ? 'web' : 'production' },
    ),
  ];
  const role = (name: string, kind: string, account: string): object =>
    named('rbac.authorization.k8s.io/v1', 'RoleBinding', `${account}-${name}`, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'shop' }],
    });
  return [
    named('v1', 'ServiceAccount', 'developer', {}),
    role('edit', 'ClusterRole', 'developer'),
    named('rbac.authorization.k8s.io/v1', 'Role', 'fetch', {
      rules: [{ apiGroups: ['build.openshift.io'], resources: ['buildconfigs'], resourceNames: ['web'], verbs: ['get'] }],
    }),
    role('fetch', 'Role', 'builder'),
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'source', namespace: 'shop', annotations: { 'kubernetes.io/service-account.name': 'builder' } },
      type: 'kubernetes.io/service-account-token',
    },
    named('image.openshift.io/v1', 'ImageStream', 'web', {}),
    named(
      'build.openshift.io/v1',
      'BuildConfig',
      'web',
      {
        spec: {
          source: { git: { uri: `${url}/git/shop/web.git` }, sourceSecret: { name: 'source' } },
          strategy: { sourceStrategy: { from: { kind: 'DockerImage', name: 'openshift/static:latest' } } },
          output: { to: { kind: 'ImageStreamTag', name: 'web:latest' } },
        },
      },
      { app: 'web' },
    ),
    ...stage('dev', 'latest', { type: 'Rolling', rollingParams: { maxSurge: 1, maxUnavailable: 0 } }, 1),
    ...stage('prod', 'prod', { type: 'Rolling', rollingParams: { maxSurge: 1, maxUnavailable: 0, pre: hook('echo ready') } }, 2),
  ];
}

const hook = (command: string): object => ({
  failurePolicy: 'Abort',
  execNewPod: { containerName: 'web', command: ['/bin/sh', '-c', command] },
});

function git(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const askpass = join(folder, 'askpass');
  writeFileSync(askpass, `#!/bin/sh\necho '${token}'\n`, { mode: 0o700 });
  const who = ['-c', 'user.name=Dev', '-c', 'user.email=dev@example.com'];
  const env = { GIT_SSL_NO_VERIFY: '1', GIT_ASKPASS: askpass, GIT_CONFIG_GLOBAL: '/dev/null', HOME: folder };
  return runCommand(['git', ...who, ...args], { cwd: work, env, timeout: 100_000 });
}

/** Pushes this text as the page; what the push has said. */
async function push(text: string): Promise<string> {
  writeFileSync(join(work, 'index.html'), `${text}\n`);
  await git('add', '.');
  await git('commit', '--quiet', `--message=${text}`);
  return (await git('push', `${platform.url.replace('://', '://dev@')}/git/shop/web.git`, 'HEAD:main')).stderr;
}

/** As `oc tag web:latest web:prod`. */
async function promote(): Promise<void> {
  const { kubectl } = platform;
  const image = await kubectl.text('get', 'imagestreamtag', 'web:latest', '-n', 'shop', '-o', 'jsonpath={.image.metadata.name}');
  const tag = { name: 'prod', from: { kind: 'ImageStreamImage', name: `web@${image.trim()}`, namespace: 'shop' } };
  const object = {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStreamTag',
    metadata: { name: 'web:prod', namespace: 'shop' },
    tag,
  };
  await kubectl(['replace', '--raw', '/apis/image.openshift.io/v1/namespaces/shop/imagestreamtags/web:prod', '-f', '-'], {
    stdin: JSON.stringify(object),
  });
}

const serviceUrl = async (name: string): Promise<string> =>
  `http://${await platform.kubectl.text('get', 'service', name, '-n', 'shop', '-o', 'jsonpath={.spec.clusterIP}')}/`;

const answers = async (name: string, text: string): Promise<void> =>
  eventually(async () => assert.equal((await httpGet(await serviceUrl(name))).trim(), text), { timeout: 60_000 });

/** Waits until a version, production's where none is named, has come to this end. */
const phase = (version: number, wanted: string, config = 'prod'): Promise<void> =>
  eventually(
    async () => {
      const path = 'jsonpath={.metadata.annotations.openshift\\.io/deployment\\.phase}';
      assert.equal(await platform.kubectl.text('get', 'rc', `${config}-${version}`, '-n', 'shop', '-o', path), wanted);
    },
    { timeout: 90_000 },
  );

test('a push builds and development runs it; a tag brings it to production after its hook', async () => {
  const said = await push('one');
  assert.match(said, /remote: Push successful/);
  assert.match(said, /remote: deploymentconfig dev: rolled out/);
  await answers('dev', 'one');
  assert.equal(
    await platform.kubectl.text('get', 'rc', '-n', 'shop', '-l', 'openshift.io/deployment-config.name=prod', '-o', 'name'),
    '',
  );
  await promote();
  await phase(1, 'Complete');
  await answers('prod', 'one');
});

test('production rolls on under load, and no request fails', async () => {
  await push('two');
  await answers('dev', 'two');
  await answers('prod', 'one');
  await using load = startWrk(await serviceUrl('prod'), { headers: ['Connection: close'] });
  await promote();
  await phase(2, 'Complete');
  await answers('prod', 'two');
  const { requests, failed, report } = await load.stop();
  assert.ok(requests > 100, report);
  assert.equal(failed, 0, report);
});

test('a hook that fails keeps the old version', async () => {
  const patch = { spec: { strategy: { rollingParams: { pre: hook('echo no; exit 1') } } } };
  await platform.kubectl(['patch', 'dc', 'prod', '-n', 'shop', '--type=merge', `--patch=${JSON.stringify(patch)}`]);
  await push('three');
  await promote();
  await phase(3, 'Failed');
  await answers('dev', 'three');
  await answers('prod', 'two');
});

test('a rollback brings the first version back', async () => {
  const path = '/apis/apps.openshift.io/v1/namespaces/shop/deploymentconfigs/prod';
  const request = {
    name: 'prod',
    spec: {
      from: {},
      revision: 1,
      includeTemplate: true,
      includeStrategy: true,
      includeTriggers: false,
      includeReplicationMeta: false,
    },
  };
  const body = JSON.stringify({ apiVersion: 'apps.openshift.io/v1', kind: 'DeploymentConfigRollback', ...request });
  // Once more when the status of the failed version is written in between.
  await eventually(async () => {
    const { stdout } = await platform.kubectl(['create', '--raw', `${path}/rollback`, '-f', '-'], { stdin: body });
    const config = JSON.parse(stdout) as KubeObject;
    await platform.kubectl(['replace', '--raw', path, '-f', '-'], { stdin: JSON.stringify(config) });
  });
  await phase(4, 'Complete');
  await answers('prod', 'one');
});

// What a custom deployer may do is what its account may: in its own project, by the API.
const OWN_DEPLOYER = `
const { readFileSync } = require('node:fs');
const { request } = require('node:https');
const account = '/var/run/secrets/kubernetes.io/serviceaccount/';
const { OPENSHIFT_DEPLOYMENT_NAME: name, OPENSHIFT_DEPLOYMENT_NAMESPACE: namespace, WANTED } = process.env;
const scale = (project) => new Promise((resolve, reject) => {
  const headers = { authorization: 'Bearer ' + readFileSync(account + 'token'), 'content-type': 'application/json' };
  const path = '/api/v1/namespaces/' + project + '/replicationcontrollers/' + name + '/scale';
  const options = { host: 'kubernetes.default.svc', path, method: 'PUT', ca: readFileSync(account + 'ca.crt'), headers };
  const wanted = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name, namespace: project }, spec: { replicas: 1 } };
  request(options, (answer) => resolve(answer.statusCode)).once('error', reject).end(JSON.stringify(wanted));
});
Promise.all([scale(namespace), scale('default')]).then((codes) => process.exit(codes.join() === WANTED ? 0 : 1), () => process.exit(2));
`;

test('a program of somebody brings a version about, with the rights of the deployer; one that fails keeps the old version', async () => {
  const { kubectl } = platform;
  const custom = (wanted: string): object => ({
    image: 'openshift/nodejs:latest',
    command: ['node', '-e', OWN_DEPLOYER],
    environment: [{ name: 'WANTED', value: wanted }],
  });
  const container = { name: 'web', image: 'openshift/static:latest', imagePullPolicy: 'IfNotPresent', command: ['sleep', '600'] };
  const config = {
    apiVersion: 'apps.openshift.io/v1',
    kind: 'DeploymentConfig',
    metadata: { name: 'own', namespace: 'shop' },
    spec: {
      replicas: 1,
      strategy: { type: 'Custom', customParams: custom('200,403') },
      triggers: [{ type: 'ConfigChange' }],
      template: { metadata: { labels: { stage: 'own' } }, spec: { containers: [container], terminationGracePeriodSeconds: 0 } },
    },
  };
  await kubectl.create(JSON.stringify(config));
  await phase(1, 'Complete', 'own');
  const ready = (name: string): Promise<string> =>
    kubectl.text('get', 'rc', name, '-n', 'shop', '-o', 'jsonpath={.status.readyReplicas}');
  await eventually(async () => assert.equal(await ready('own-1'), '1'), { timeout: 30_000 });
  const template = { metadata: { annotations: { note: 'second' } } };
  const patch = { spec: { strategy: { customParams: custom('200,200') }, template } };
  await kubectl(['patch', 'dc', 'own', '-n', 'shop', '--type=merge', `--patch=${JSON.stringify(patch)}`]);
  await phase(2, 'Failed', 'own');
  assert.equal(await ready('own-1'), '1');
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { eventually } from '../../support/eventually.ts';
import { httpGet } from '../../support/http-get.ts';
import { WEB_A, WEB_B } from '../../support/images.ts';
import { webController } from '../../support/manifests.ts';
import { platformImage } from '../../support/platform-images.ts';
import { useNamespace } from '../../support/shared-platform.ts';
import { startWrk } from '../../support/wrk.ts';

await platformImage('builder');
const { kubectl, namespace } = await useNamespace('configs');
const PROGRESSING = '{.status.conditions[?(@.type=="Progressing")].reason}';
const path = (name: string, subresource: string): string =>
  `/apis/apps.openshift.io/v1/namespaces/${namespace}/deploymentconfigs/${name}/${subresource}`;

interface ConfigWithStatus extends KubeObject {
  readonly status: {
    readonly observedGeneration: number;
    readonly conditions: readonly { readonly type: string; readonly reason: string }[];
  };
}

/** As `oc rollout status` waits. */
async function rolledOut(name: string, version: number, reason = 'NewReplicationControllerAvailable'): Promise<void> {
  await kubectl(['wait', `--for=jsonpath={.status.latestVersion}=${version}`, `dc/${name}`, '--timeout=240s']);
  await kubectl(['wait', `--for=jsonpath=${PROGRESSING}=${reason}`, `dc/${name}`, '--timeout=240s']);
  await eventually(
    async () => {
      const { metadata, status } = await kubectl.json<ConfigWithStatus>('get', 'dc', name);
      assert.equal(status.observedGeneration, metadata.generation);
      assert.equal(status.conditions.find(({ type }) => type === 'Progressing')?.reason, reason);
    },
    { timeout: 60_000 },
  );
}

function config(name: string, strategy: object, replicas = 2): object {
  // A pod goes on answering until nobody sends it anything: that is for whoever writes its template to say.
  const lifecycle = { preStop: { exec: { command: ['sleep', '25'] } } };
  const pod = { image: WEB_A, spec: { terminationGracePeriodSeconds: 60 }, container: { lifecycle } };
  const { template } = webController(name, replicas, pod)['spec'];
  const spec = { replicas, strategy, template };
  return { apiVersion: 'apps.openshift.io/v1', kind: 'DeploymentConfig', metadata: { name }, spec };
}

const use = (name: string, image: string): Promise<unknown> =>
  kubectl([
    'patch',
    'dc',
    name,
    '--patch',
    JSON.stringify({ spec: { template: { spec: { containers: [{ name: 'web', image }] } } } }),
  ]);

/** Words as a shell would make them of the documentation's lines: single quotes keep blanks together. */
const words = (line: string): string[] => [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ''));

test('every command of docs/deployment-configs.md does what it says', async () => {
  const text = readFileSync(join(packageRoot(), 'docs', 'deployment-configs.md'), 'utf8');
  const commands = [...text.matchAll(/```sh\n(.*?)```/gs)]
    .flatMap(([, block]) => block!.trim().split('\n'))
    .map((line) => words(line.replace('NAMESPACE', namespace)).slice(1))
    .map((command) => command.map((word) => word.replace(/^docs\//, join(packageRoot(), 'docs/')).replaceAll('\\.', '\\.')))
    .map((command) => command.map((word) => word.replace(/^--timeout=.*/, '--timeout=240s')));
  assert.equal(commands.length, 11);
  const outputs = new Map<string, string>();
  for (const command of commands) outputs.set(command.slice(0, 2).join(' '), await kubectl.text(...command));
  assert.match(outputs.get('get deploymentconfigs')!, /^NAME +REVISION +DESIRED +CURRENT +TRIGGERED BY\nweb +1 +2 +2 +config$/m);
  assert.match(outputs.get('get replicationcontrollers')!, /^web-1 +2 +2 +2 /m);
  assert.match(outputs.get('scale deploymentconfig/web')!, /scaled$/);
  assert.equal(outputs.get('get replicationcontroller'), 'Complete');
  await eventually(async () => assert.equal(await kubectl.text('get', 'rc,pods', '-l', 'app=web', '-o', 'name'), ''), {
    timeout: 30_000,
  });
});

test('a rolling update, one that fails and the way back while wrk asks the service: no request fails', async () => {
  const rolling = { type: 'Rolling', rollingParams: { maxSurge: 1, maxUnavailable: 0, timeoutSeconds: 300 } };
  await kubectl.create(config('load', rolling));
  await rolledOut('load', 1);
  await kubectl.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'load' },
    spec: { selector: { deploymentconfig: 'load' }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  const url = `http://${await kubectl.text('get', 'service', 'load', '-o', 'jsonpath={.spec.clusterIP}')}/`;
  const answers = (image: string): Promise<void> =>
    eventually(async () => assert.match(await httpGet(url), new RegExp(`^${image} load-`)));
  await answers('web-a');
  await using wrk = startWrk(url);
  await use('load', WEB_B);
  await rolledOut('load', 2);
  await answers('web-b');
  // A hook that fails: not one pod of the third version begins.
  const pre = { failurePolicy: 'Abort', execNewPod: { containerName: 'web', command: ['sh', '-c', 'echo no way; exit 3'] } };
  const patch = { spec: { strategy: { rollingParams: { pre } }, template: { metadata: { annotations: { version: 'third' } } } } };
  await kubectl(['patch', 'dc', 'load', '--type=merge', '--patch', JSON.stringify(patch)]);
  await rolledOut('load', 3, 'ProgressDeadlineExceeded');
  await answers('web-b');
  // Its last words go to the other output: Docker keeps both in one log, in an order of its own.
  const told = (await kubectl.text('get', '--raw', path('load', 'log')))
    .split('\n')
    .filter((line) => !line.startsWith('error: '));
  assert.match(told.join('\n'), /--> pre: Running hook pod \.\.\.\n--> pre: Failed: pod load-3-hook-pre failed: exit code 3/);
  assert.equal(await kubectl.text('logs', 'load-3-hook-pre'), 'no way');
  assert.equal(await kubectl.text('get', 'pods', '-l', 'deployment=load-3', '-o', 'name'), '');
  // The way back: what is answered is written.
  const rollback = { kind: 'DeploymentConfigRollback', apiVersion: 'apps.openshift.io/v1', name: 'load' };
  const spec = {
    from: {},
    revision: 1,
    includeTemplate: true,
    includeStrategy: true,
    includeTriggers: false,
    includeReplicationMeta: false,
  };
  // Until no controller has written its status in between.
  await eventually(async () => {
    const { stdout } = await kubectl(['create', '--raw', path('load', 'rollback'), '-f', '-'], {
      stdin: JSON.stringify({ ...rollback, spec }),
    });
    await kubectl(['replace', '-f', '-'], { stdin: stdout });
  });
  await rolledOut('load', 4);
  await answers('web-a');
  const { requests, failed, report } = await wrk.stop();
  assert.equal(failed, 0, report);
  assert.ok(requests > 200, report);
});

test('a deployer that is killed fails its version; tried again it comes about', async () => {
  await kubectl.create(
    config(
      'kill',
      {
        type: 'Recreate',
        recreateParams: { mid: { failurePolicy: 'Abort', execNewPod: { containerName: 'web', command: ['sleep', '600'] } } },
      },
      1,
    ),
  );
  await eventually(
    async () => assert.equal(await kubectl.text('get', 'pod', 'kill-1-hook-mid', '-o', 'jsonpath={.status.phase}'), 'Running'),
    {
      timeout: 60_000,
    },
  );
  await kubectl(['delete', 'pod', 'kill-1-deploy', '--grace-period=0', '--force']);
  await rolledOut('kill', 1, 'ProgressDeadlineExceeded');
  await kubectl([
    'patch',
    'dc',
    'kill',
    '--type=json',
    '--patch',
    '[{"op":"remove","path":"/spec/strategy/recreateParams/mid"}]',
  ]);
  await kubectl(['create', '--raw', path('kill', 'instantiate'), '-f', '-'], {
    stdin: JSON.stringify({
      kind: 'DeploymentRequest',
      apiVersion: 'apps.openshift.io/v1',
      name: 'kill',
      latest: true,
      force: true,
    }),
  });
  await rolledOut('kill', 2);
  assert.equal(
    await kubectl.text('get', 'pods', '-l', 'deployment=kill-2', '-o', 'jsonpath={.items[*].status.phase}'),
    'Running',
  );
});

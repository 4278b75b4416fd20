import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { KubeList, KubeObject } from '../../../lib/platform/api/meta.ts';
import { eventually } from '../../support/eventually.ts';
import { createHelm, HELM_MAJORS, type HelmMajor, helmMissing, type Release, type Revision } from '../../support/helm.ts';
import { WEB_B } from '../../support/images.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace, kubeconfigPath } = await useNamespace('helm');
const home = mkdtempSync(join(tmpdir(), 'oo-test-helm-'));
after(() => rmSync(home, { recursive: true }));

const CHART = join(import.meta.dirname, 'charts', 'shop');
/** Kinds of the chart's objects, but for those that hooks make. */
const KINDS = 'deploy,svc,ingress,pdb,hpa,netpol,cronjob,cm,secret,sa,role,rolebinding';

/** What belongs to a release, each with what anybody has written of it but its state, and when: `Service/shop 2c26b46b`. */
async function versionsOf(release: string): Promise<string[]> {
  const selector = `app.kubernetes.io/instance=${release}`;
  const { items } = await kubectl.json<KubeList>('get', KINDS, '-l', selector, '--show-managed-fields');
  return items.map((object) => `${object.kind}/${object.metadata.name} ${versionOf(object)}`).sort();
}

/** Pods that are slow change what is said of their deployment at any time: that is its state. */
function versionOf({ status: _state, metadata: { resourceVersion: _version, ...metadata }, ...rest }: KubeObject): string {
  const managedFields = (metadata.managedFields as readonly { readonly subresource?: string }[] | undefined)?.filter(
    ({ subresource }) => subresource !== 'status',
  );
  const written = JSON.stringify({ ...rest, metadata: { ...metadata, managedFields } });
  return createHash('sha256').update(written).digest('hex').slice(0, 8);
}

// Side by side: each waits for pods of its own most of the time.
describe('side by side', { skip: helmMissing, concurrency: true }, () => {
  for (const major of HELM_MAJORS) describe(`helm ${major}`, { concurrency: 1 }, () => releases(major));
});

function releases(major: HelmMajor): void {
  const helm = createHelm(major, kubeconfigPath, namespace, home);
  const name = `shop-${major}`;
  const history = async (): Promise<string[]> =>
    (await helm.json<Revision[]>('history', name)).map(({ revision, status }) => `${revision} ${status}`);
  const dataOf = async (map: string): Promise<Record<string, string>> =>
    (await kubectl.json('get', 'configmap', map))['data'] as Record<string, string>;
  /** What belongs to the release, once controllers have written all that there is to say of its rollout. */
  const versionsAtRest = async (): Promise<string[]> => {
    await eventually(
      async () => {
        const { metadata, spec, status } = await kubectl.json('get', 'deploy', name);
        const wanted = spec!['replicas'];
        const counts = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas'].map((count) => status?.[count]);
        assert.deepEqual([status?.['observedGeneration'], ...counts], [metadata.generation, wanted, wanted, wanted, wanted]);
        const budget = (await kubectl.json('get', 'pdb', name)).status;
        assert.deepEqual([budget?.['expectedPods'], budget?.['currentHealthy']], [wanted, wanted]);
        // Whatever becomes of those of before is told in the budget.
        const pods = await kubectl.text('get', 'pods', '-l', `app.kubernetes.io/instance=${name}`, '-o', 'name');
        assert.equal(pods.split('\n').length, wanted);
      },
      { timeout: 30_000 },
    );
    return versionsOf(name);
  };
  const upgrade = (...args: string[]): ReturnType<typeof helm> => helm(['upgrade', name, CHART, ...args]);

  test('install --wait: hooks first, look-ups answered, everything ready', async () => {
    const { stdout } = await helm(['install', name, CHART, '--wait', '--timeout=200s']);
    assert.match(stdout, /^STATUS: deployed$/m);
    assert.match(stdout, new RegExp(`^${name} says hello\\.$`, 'm'));
    assert.equal(await kubectl.text('get', 'deploy', name, '-o', 'jsonpath={.status.readyReplicas}'), '1');
    const data = await dataOf(name);
    assert.deepEqual([data['namespace'], data['autoscaling'], data['revision']], ['Active', 'true', '1']);
    assert.match(data['version']!, /^v1\.\d+\.\d+/);
    assert.deepEqual(await dataOf(`${name}-before`), { revision: '1' });
    assert.match(await kubectl.failure(['get', 'job', `${name}-before`]), /not found/);
  });

  test('list, status, get manifest and the release that they read from a secret', async () => {
    const [release] = await helm.json<Release[]>('list', '--filter', `^${name}$`);
    assert.deepEqual([release?.revision, release?.status, release?.chart], ['1', 'deployed', 'shop-1.2.3']);
    assert.equal((await helm.json<{ info: { status: string } }>('status', name)).info.status, 'deployed');
    assert.match((await helm(['get', 'manifest', name])).stdout, /^kind: PodDisruptionBudget$/m);
    const secret = await kubectl.json('get', 'secret', `sh.helm.release.v1.${name}.v1`);
    assert.equal(secret['type'], 'helm.sh/release.v1');
    assert.equal(secret.metadata.labels?.['status'], 'deployed');
  });

  test('test runs the chart’s test pods and prints their logs', async () => {
    const { stdout } = await helm(['test', name, '--logs', '--timeout=200s']);
    assert.match(stdout, /^Phase: +Succeeded$/m);
    assert.match(stdout, new RegExp(`^web-a ${name}-\\w+-\\w+ hello$`, 'm'));
  });

  test('an upgrade that says the same changes only what names the revision', async () => {
    const before = await versionsAtRest();
    assert.ok(before.length >= 12, before.join(', '));
    await upgrade();
    const changed = (await versionsOf(name)).filter((line) => !before.includes(line)).map((line) => line.split(' ')[0]);
    assert.deepEqual(changed, [`ConfigMap/${name}`]);
  });

  test('upgrade: what the chart drops goes, what others added stays, the rollout is waited for', async () => {
    await kubectl(['annotate', 'deploy', name, 'example.com/owner=ann']);
    await kubectl(['patch', 'configmap', name, '-p', '{"data":{"theirs":"kept"}}']);
    const password = await kubectl.text('get', 'secret', name, '-o', 'jsonpath={.data.password}');
    await upgrade('--set=extras=false,greeting=bonjour,replicas=2', '--wait', '--timeout=200s');
    assert.match(await kubectl.failure(['get', 'netpol,cronjob', `${name}-extra`]), /networkpolicies.*not found/);
    // helm waits for enough that are ready, and one of before may be among them for a moment.
    await eventually(async () => {
      const deployment = await kubectl.json('get', 'deploy', name);
      assert.equal(deployment.metadata.annotations?.['example.com/owner'], 'ann');
      assert.equal(deployment.status?.['readyReplicas'], 2);
    });
    const data = await dataOf(name);
    assert.deepEqual([data['greeting'], data['theirs']], ['bonjour', 'kept']);
    assert.equal(await kubectl.text('get', 'secret', name, '-o', 'jsonpath={.data.password}'), password);
  });

  test('a field that somebody else has taken: helm 4 names him, and takes it when told to; helm 3 takes it', async () => {
    await kubectl(['set', 'image', `deploy/${name}`, `web=${WEB_B}`]);
    const values = ['--set=extras=false,greeting=bonjour,replicas=2,image=oo-test/web-a:changed'];
    if (major === 4) {
      const error = await helm.failure('upgrade', name, CHART, ...values);
      assert.match(
        error,
        /Apply failed with 1 conflict: conflict with "kubectl-set" using apps\/v1: .*containers\[name="web"\]\.image/,
      );
    }
    await upgrade(...values, ...(major === 4 ? ['--force-conflicts'] : []));
    const image = await kubectl.text('get', 'deploy', name, '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
    assert.equal(image, 'oo-test/web-a:changed');
  });

  test('rollback brings back values and objects of an earlier revision', async () => {
    await helm(['rollback', name, '1', '--wait', '--timeout=200s']);
    assert.equal((await dataOf(name))['greeting'], 'hello');
    assert.equal(
      await kubectl.text('get', 'netpol', `${name}-extra`, '-o', 'name'),
      `networkpolicy.networking.k8s.io/${name}-extra`,
    );
    const last = (await history()).at(-1)!;
    assert.match(last, /^\d+ deployed$/);
  });

  test('an upgrade that does not get ready is undone; one whose hook fails changes nothing', async () => {
    const back = major === 4 ? '--rollback-on-failure' : '--atomic';
    // The way back has the same time.
    const error = await helm.failure('upgrade', name, CHART, '--set=image=oo-test/none:none', back, '--timeout=40s');
    assert.match(error, new RegExp(`release ${name} failed, and has been rolled back due to ${back.slice(2)} being set`));
    assert.deepEqual(
      (await history()).slice(-2).map((line) => line.split(' ')[1]),
      ['failed', 'deployed'],
    );
    assert.equal(
      await kubectl.text('get', 'deploy', name, '-o', 'jsonpath={.spec.template.spec.containers[0].image}'),
      'oo-test/web-a:latest',
    );
    const before = await versionsAtRest();
    assert.match(await helm.failure('upgrade', name, CHART, '--set=hookExit=3,greeting=late'), /pre-upgrade hooks failed/);
    assert.deepEqual(await versionsOf(name), before);
  });

  test('a dry run on the server changes nothing, and finds what the server would refuse', async () => {
    const before = await versionsAtRest();
    const { stdout } = await upgrade('--dry-run=server', '--set=greeting=dry');
    assert.match(stdout, /greeting: "dry"/);
    assert.deepEqual(await versionsOf(name), before);
    assert.match(
      await helm.failure('upgrade', name, CHART, '--set=replicas=-1'),
      /spec\.replicas: Invalid value: -1: must be greater than or equal to 0/,
    );
    assert.match(await helm.failure('upgrade', name, CHART, '--set-string=replicas=two'), /replicas/);
  });

  test('what is there already is adopted only when it says whose it is', async () => {
    await kubectl(['create', 'configmap', `taken-${major}`]);
    assert.match(
      await helm.failure('install', `taken-${major}`, CHART),
      /ConfigMap "taken-\d" .* exists and cannot be imported .*: invalid ownership metadata/,
    );
    await helm(['install', `taken-${major}`, CHART, '--take-ownership', '--no-hooks']);
    assert.equal((await dataOf(`taken-${major}`))['greeting'], 'hello');
    await helm(['uninstall', `taken-${major}`, '--no-hooks']);
  });

  test('uninstall --wait: everything goes but what is to be kept', async () => {
    await helm(['uninstall', name, '--wait', '--timeout=200s']);
    assert.deepEqual(
      (await versionsOf(name)).map((line) => line.split(' ')[0]),
      [`ConfigMap/${name}-kept`],
    );
    assert.deepEqual(await helm.json<Release[]>('list', '--filter', `^${name}$`), []);
    assert.match(await helm.failure('status', name), /release: not found/);
  });
}

test(
  'a release of helm 3 goes on in helm 4, merged on the client, then applied on the server',
  { skip: helmMissing },
  async () => {
    const [three, four] = [createHelm(3, kubeconfigPath, namespace, home), createHelm(4, kubeconfigPath, namespace, home)];
    const managers = async (): Promise<string[]> => {
      const { metadata } = await kubectl.json('get', 'configmap', 'moved', '--show-managed-fields');
      const fields = metadata.managedFields as unknown as { manager: string; operation: string }[];
      return fields.map(({ manager, operation }) => `${manager} ${operation}`);
    };
    const greeting = (): Promise<string> => kubectl.text('get', 'configmap', 'moved', '-o', 'jsonpath={.data.greeting}');
    await three(['install', 'moved', CHART, '--no-hooks']);
    await four(['upgrade', 'moved', CHART, '--no-hooks', '--set=greeting=four']);
    assert.deepEqual([await greeting(), await managers()], ['four', ['helm Update']]);
    await four(['upgrade', 'moved', CHART, '--no-hooks', '--set=greeting=server,extras=false', '--server-side=true']);
    assert.deepEqual([await greeting(), await managers()], ['server', ['helm Apply']]);
    assert.match(await kubectl.failure(['get', 'cronjob', 'moved-extra']), /not found/);
    await four(['rollback', 'moved', '1', '--no-hooks', '--server-side=false']);
    assert.equal(await greeting(), 'hello');
    await four(['uninstall', 'moved', '--no-hooks']);
  },
);

test('the chart that helm create makes installs, shows what it made and goes', { skip: helmMissing }, async () => {
  const helm = createHelm(4, kubeconfigPath, namespace, home);
  await helm(['create', 'fresh'], { cwd: home });
  const chart = join(home, 'fresh');
  const values = [
    'image.repository=oo-test/web-a,image.tag=latest,image.pullPolicy=IfNotPresent',
    'service.port=8080',
    'ingress.enabled=true',
    'autoscaling.enabled=true',
  ];
  await helm(['install', 'fresh', chart, '--wait', '--timeout=200s', ...values.map((value) => `--set=${value}`)]);
  const { stdout } = await helm(['status', 'fresh']);
  for (const kind of ['HorizontalPodAutoscaler', 'Ingress', 'ServiceAccount', 'Service', 'Deployment'])
    assert.match(stdout, new RegExp(`==> v\\d/${kind}`));
  await helm(['uninstall', 'fresh']);
});

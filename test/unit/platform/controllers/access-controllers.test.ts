import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PolicyRule } from '../../../../lib/platform/api/access-policy.ts';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { isNotFound } from '../../../../lib/platform/api/status-error.ts';
import { gatheredRules } from '../../../../lib/platform/controllers/cluster-role-aggregation-controller.ts';
import { CLUSTER_ROLES, SECRETS, SERVICE_ACCOUNTS } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { type MemoryPlatform, startMemoryPlatform } from '../../../support/memory-platform.ts';

let platform: MemoryPlatform;
before(async () => {
  platform = await startMemoryPlatform();
});
after(async () => {
  const { complaints } = platform;
  await platform[Symbol.asyncDispose]();
  assert.deepEqual(complaints, []);
});

const role = (name: string, rules: PolicyRule[], labels: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules,
});
const things = (verb: string): PolicyRule => ({ verbs: [verb], apiGroups: ['example.com'], resources: ['things'] });

/** The verbs that a default role allows on things. */
async function verbsOn(name: string): Promise<string[]> {
  const { rules } = await platform.local.get({ ...CLUSTER_ROLES, name });
  return (rules as PolicyRule[]).filter(({ resources = [] }) => resources.includes('things')).flatMap(({ verbs }) => verbs);
}

test('what is labelled for view reaches view, edit and admin, and leaves them again', async () => {
  await eventually(async () => {
    const admin = await platform.local.get({ ...CLUSTER_ROLES, name: 'admin' });
    const resources = (admin['rules'] as PolicyRule[]).flatMap((rule) => rule.resources ?? []);
    for (const one of ['rolebindings', 'secrets', 'pods/log']) assert.ok(resources.includes(one), one);
  });
  await platform.local.create(
    CLUSTER_ROLES,
    role('things', [things('get')], { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }),
  );
  const reaches = (verbs: string[]) =>
    eventually(async () => {
      for (const name of ['view', 'edit', 'admin']) assert.deepEqual(await verbsOn(name), verbs, name);
    });
  await reaches(['get']);
  await platform.local.patch({ ...CLUSTER_ROLES, name: 'things' }, 'application/merge-patch+json', { rules: [things('list')] });
  await reaches(['list']);
  await platform.local.patch({ ...CLUSTER_ROLES, name: 'things' }, 'application/merge-patch+json', {
    metadata: { labels: null },
  });
  await reaches([]);
});

test('gathered rules have one order and no rule twice', () => {
  const gatherer = { ...role('all', []), aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } };
  const [b, a] = [role('b', [things('get'), things('list')], { a: 'b' }), role('a', [things('list')], { a: 'b' })];
  assert.deepEqual(gatheredRules(gatherer, [b, a, gatherer]), [things('list'), things('get')]);
});

const ANNOTATION = 'kubernetes.io/service-account.name';
const tokenSecret = (name: string, account: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, annotations: { [ANNOTATION]: account } },
  type: 'kubernetes.io/service-account-token',
});
const account = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
const within = { namespace: 'default' };

async function whose(token: string): Promise<KubeObject> {
  const of = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' };
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec: { token } };
  return (await platform.local.create(of, review))['status'] as KubeObject;
}
const filled = (name: string): Promise<{ secret: KubeObject; token: string }> =>
  eventually(async () => {
    const secret = await platform.local.get({ ...SECRETS, ...within, name });
    assert.ok(secret['data']?.token, 'the secret has no token');
    return { secret, token: Buffer.from(secret['data'].token as string, 'base64').toString() };
  });

test('a secret for an account gets a token that works until the secret goes', async () => {
  const made = await platform.local.create({ ...SERVICE_ACCOUNTS, ...within }, account('robot'));
  await platform.local.create({ ...SECRETS, ...within }, tokenSecret('robot-token', 'robot'));
  const { secret, token } = await filled('robot-token');
  assert.equal(secret.metadata.annotations?.['kubernetes.io/service-account.uid'], made.metadata.uid);
  assert.equal(Buffer.from(secret['data'].namespace as string, 'base64').toString(), 'default');
  assert.match(Buffer.from(secret['data']['ca.crt'] as string, 'base64').toString(), /^-----BEGIN CERTIFICATE-----/);
  assert.equal((await whose(token))['user'].username, 'system:serviceaccount:default:robot');
  await platform.local.delete({ ...SECRETS, ...within, name: 'robot-token' });
  await eventually(async () => assert.equal((await whose(token))['authenticated'], undefined));
});

test('a secret goes with its account, and one for nobody goes at once', async () => {
  await platform.local.create({ ...SERVICE_ACCOUNTS, ...within }, account('brief'));
  await platform.local.create({ ...SECRETS, ...within }, tokenSecret('brief-token', 'brief'));
  await filled('brief-token');
  await platform.local.delete({ ...SERVICE_ACCOUNTS, ...within, name: 'brief' });
  await platform.local.create({ ...SECRETS, ...within }, tokenSecret('orphan', 'nobody'));
  for (const name of ['brief-token', 'orphan'])
    await eventually(() => assert.rejects(platform.local.get({ ...SECRETS, ...within, name }), isNotFound));
});

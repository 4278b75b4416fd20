import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceAccount } from '../../../../../lib/platform/api/core/service-account.ts';
import type { ActionContext, ActionSubresource } from '../../../../../lib/platform/api/subresources/action-subresource.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';

const account: KubeObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa', namespace: 'ns', uid: 'u' } };
const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', uid: 'pu' },
  spec: { serviceAccountName: 'sa', nodeName: 'n1' },
};
const objects: Record<string, KubeObject> = {
  pods: pod,
  secrets: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', uid: 'su' } },
  nodes: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'nu' } },
};
const token = serviceAccount.subresources!['token'] as ActionSubresource;

async function request(spec: object): Promise<{ answer: KubeObject; claims: unknown }> {
  let claims: unknown;
  const context = {
    now: '2026-01-01T00:00:00Z',
    dryRun: false,
    verbs: { get: ({ resource }: { resource: string }) => Promise.resolve(objects[resource]!) },
    issueToken: (asked: unknown) => {
      claims = asked;
      return Promise.resolve({ token: 't', expirationTimestamp: '2026-01-01T01:00:00Z' });
    },
  } as unknown as ActionContext;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: {},
    spec: { expirationSeconds: 3600, ...spec },
  };
  return { answer: await token.run(account, body, context), claims };
}

test('a token for the account, bound to its pod', async () => {
  const { answer, claims } = await request({
    audiences: ['api'],
    boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'web', uid: 'pu' },
  });
  assert.deepEqual(claims, {
    namespace: 'ns',
    account: { name: 'sa', uid: 'u' },
    audiences: ['api'],
    expirationSeconds: 3600,
    bound: { pod: { name: 'web', uid: 'pu' }, node: { name: 'n1', uid: 'nu' } },
  });
  assert.deepEqual([answer.kind, answer['status'].token], ['TokenRequest', 't']);
});

test('a token may be bound to a secret or a node as well, or to nothing', async () => {
  const boundTo = async (kind: string, name: string): Promise<unknown> =>
    ((await request({ boundObjectRef: { kind, apiVersion: 'v1', name } })).claims as { bound: unknown }).bound;
  assert.deepEqual(await boundTo('Secret', 's'), { secret: { name: 's', uid: 'su' } });
  assert.deepEqual(await boundTo('Node', 'n1'), { node: { name: 'n1', uid: 'nu' } });
  assert.deepEqual(((await request({})).claims as { bound: unknown }).bound, {});
});

test('tokens that nobody may have', async () => {
  await assert.rejects(
    request({ expirationSeconds: 60 }),
    /spec\.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes/,
  );
  await assert.rejects(
    request({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'web', uid: 'other' } }),
    /the UID in the bound object reference \(other\) does not match/,
  );
  await assert.rejects(
    request({ boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 's' } }),
    /cannot bind token for serviceaccount "sa" to object with GVK \/v1, Kind=ConfigMap/,
  );
});

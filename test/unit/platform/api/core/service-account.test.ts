import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceAccount } from '../../../../../lib/platform/api/core/service-account.ts';
import type { ActionContext, ActionSubresource } from '../../../../../lib/platform/api/define-resource.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';

const account: KubeObject = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'sa', namespace: 'ns', uid: 'u' } };
const pod: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', uid: 'pu' },
  spec: { serviceAccountName: 'sa' },
};
const token = serviceAccount.subresources!['token'] as ActionSubresource;

async function request(spec: object): Promise<{ answer: KubeObject; claims: unknown }> {
  let claims: unknown;
  const context = {
    now: '2026-01-01T00:00:00Z',
    dryRun: false,
    verbs: { get: () => Promise.resolve(pod) },
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
    serviceAccount: 'sa',
    serviceAccountUID: 'u',
    audiences: ['api'],
    expirationSeconds: 3600,
    boundPod: { name: 'web', uid: 'pu' },
  });
  assert.deepEqual([answer.kind, answer['status'].token], ['TokenRequest', 't']);
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
    request({ boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 's' } }),
    /cannot bind token for serviceaccount "sa" to object/,
  );
});

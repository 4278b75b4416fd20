import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { requestedOrganizations } from '../../../../lib/platform/api/certificates/request-subject.ts';
import { certificateRequestPem } from '../../../support/certificate-request.ts';
import { type ApiUnderTest, startApi } from './api-under-test.ts';

let t: ApiUnderTest;
before(async () => {
  t = await startApi();
});
after(() => t[Symbol.asyncDispose]());

const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const CLIENT = 'kubernetes.io/kube-apiserver-client';

async function request(name: string, subject: string, signerName: string) {
  const pem = await certificateRequestPem(subject);
  const spec = { signerName, usages: ['client auth'], request: Buffer.from(pem).toString('base64') };
  return t.call('POST', CSRS, { body: { metadata: { name }, spec } });
}
let grants = 0;
async function grant(user: string, rule: object): Promise<void> {
  const name = `certificates-${++grants}`;
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name };
  const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }];
  const rules = [{ apiGroups: ['certificates.k8s.io'], ...rule }];
  assert.equal((await t.call('POST', `${RBAC}/clusterroles`, { body: { metadata: { name }, rules } })).code, 201);
  assert.equal(
    (await t.call('POST', `${RBAC}/clusterrolebindings`, { body: { metadata: { name }, roleRef, subjects } })).code,
    201,
  );
}

test('the organizations that a request asks for are read from it', async () => {
  assert.deepEqual(requestedOrganizations(await certificateRequestPem('CN=ann, O=team, O=system:masters, OU=x')), [
    'team',
    'system:masters',
  ]);
  assert.deepEqual(requestedOrganizations(await certificateRequestPem('CN=ann')), []);
  for (const bad of ['', 'x', '-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----'])
    assert.throws(() => requestedOrganizations(bad), TypeError);
});

test('nobody becomes an administrator by a certificate of the API’s own signer', async () => {
  const refused = await request('masters', 'CN=eve, O=system:masters', CLIENT);
  assert.deepEqual(
    [refused.code, refused.body.message],
    [
      403,
      `certificatesigningrequests.certificates.k8s.io "masters" is forbidden: use of ${CLIENT} signer with system:masters group is not allowed`,
    ],
  );
  assert.equal((await request('team', 'CN=eve, O=team', CLIENT)).code, 201);
  assert.equal((await request('elsewhere', 'CN=eve, O=system:masters', 'example.com/own')).code, 201);
});

test('who approves and who signs is a right by signer, beside that of writing the object', async () => {
  const made = await request('asked', 'CN=ann, O=team', CLIENT);
  const approved = {
    ...made.body,
    status: { conditions: [{ type: 'Approved', status: 'True', reason: 'r', message: 'm' }] },
  };
  const approve = () => t.call('PUT', `${CSRS}/asked/approval`, { as: 'ape', body: approved });
  assert.match((await approve()).body.message, /cannot update resource "certificatesigningrequests\/approval"/);
  await grant('ape', {
    verbs: ['update'],
    resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status'],
  });
  assert.equal(
    (await approve()).body.message,
    `certificatesigningrequests.certificates.k8s.io "asked" is forbidden: user not permitted to approve requests with signerName "${CLIENT}"`,
  );
  await grant('ape', { verbs: ['approve'], resources: ['signers'], resourceNames: ['kubernetes.io/*'] });
  const done = await approve();
  assert.equal(done.code, 200, done.text);
  const certificate = Buffer.from(t.certificates.caPem).toString('base64');
  const sign = () =>
    t.call('PUT', `${CSRS}/asked/status`, { as: 'ape', body: { ...done.body, status: { ...done.body.status, certificate } } });
  assert.match((await sign()).body.message, /user not permitted to sign requests with signerName/);
  await grant('ape', { verbs: ['sign'], resources: ['signers'], resourceNames: [CLIENT] });
  const signed = await sign();
  assert.equal(signed.code, 200, signed.text);
});

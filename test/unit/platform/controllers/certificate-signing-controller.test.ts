import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { CERTIFICATE_SIGNING_REQUESTS, refTo } from '../../../../lib/platform/controllers/resources.ts';
import { eventually } from '../../../support/eventually.ts';
import { startMemoryPlatform } from '../../../support/memory-platform.ts';
import { runCommand } from '../../../support/run-command.ts';

const folder = await mkdtemp(join(tmpdir(), 'oo-test-csr-'));
after(() => rm(folder, { recursive: true }));

const key = join(folder, 'key.pem');
await runCommand(['openssl', 'genrsa', '-out', key, '2048']);

/** A request as a user makes it, with openssl. */
async function requestFor(subject: string, ...more: string[]): Promise<string> {
  const { stdout } = await runCommand(['openssl', 'req', '-new', '-key', key, '-subj', subject, ...more]);
  return Buffer.from(stdout).toString('base64');
}

const RBAC = 'rbac.authorization.k8s.io/v1';
const ROLES = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
const BINDINGS = { ...ROLES, resource: 'clusterrolebindings' };

const csr = (name: string, request: string, more: object = {}): KubeObject => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name },
  spec: { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['digital signature', 'client auth'], ...more },
});

async function approve(client: Client, object: KubeObject): Promise<void> {
  const live = await client.get(refTo(CERTIFICATE_SIGNING_REQUESTS, object));
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Test', message: 'yes' }];
  await client.update(refTo(CERTIFICATE_SIGNING_REQUESTS, object, 'approval'), { ...live, status: { conditions } });
}

test('signs what is approved, for the asked time, and nothing before', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  const object = csr('ann', await requestFor('/O=staff/CN=ann'), { expirationSeconds: 3600 });
  await http.create(CERTIFICATE_SIGNING_REQUESTS, object);
  const bystander = csr('bob', await requestFor('/CN=bob'));
  await http.create(CERTIFICATE_SIGNING_REQUESTS, bystander);
  await approve(http, object);
  const pem = await eventually(async () => {
    const { status } = await http.get(refTo(CERTIFICATE_SIGNING_REQUESTS, object));
    assert.ok(status.certificate);
    return Buffer.from(status.certificate as string, 'base64').toString();
  });
  const certificate = new X509Certificate(pem);
  assert.equal(certificate.subject, 'O=staff\nCN=ann');
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.equal(certificate.ca, false);
  const left = (certificate.validToDate.getTime() - Date.now()) / 1000;
  assert.ok(left > 3500 && left <= 3600, `${left} s`);
  assert.equal((await http.get(refTo(CERTIFICATE_SIGNING_REQUESTS, bystander)))['status'].certificate, undefined);
  assert.deepEqual(platform.complaints, []);
});

// [what, the subject, the signer, usages, why not]
const REFUSED: [string, string, object, RegExp][] = [
  ['usages of a server', '/CN=ann', { usages: ['client auth', 'server auth'] }, /usages may not contain "server auth"/],
  ['no usage of a client', '/CN=ann', { usages: ['digital signature'] }, /usages must contain "client auth"/],
  [
    'a node outside of the group of nodes',
    '/O=staff/CN=system:node:n',
    { signerName: 'kubernetes.io/kube-apiserver-client-kubelet' },
    /subject organization is not system:nodes/,
  ],
  [
    "a node without a node's name",
    '/O=system:nodes/CN=ann',
    { signerName: 'kubernetes.io/kube-apiserver-client-kubelet' },
    /common name does not begin with system:node:/,
  ],
];

test('what may not be signed fails with the reason, others beside it are signed', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  for (const [n, [what, subject, more, why]] of REFUSED.entries()) {
    const object = csr(`r${n}`, await requestFor(subject), more);
    await http.create(CERTIFICATE_SIGNING_REQUESTS, object);
    await approve(http, object);
    await eventually(async () => {
      const { status } = await http.get(refTo(CERTIFICATE_SIGNING_REQUESTS, object));
      const failed = (status.conditions as { type: string; message: string }[]).find(({ type }) => type === 'Failed');
      assert.match(failed?.message ?? '', why, what);
      assert.equal(status.certificate, undefined);
    });
  }
  // It is approved by itself: whoever asks may do everything.
  const node = csr('node', await requestFor('/O=system:nodes/CN=system:node:n'), {
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  });
  await http.create(CERTIFICATE_SIGNING_REQUESTS, node);
  await eventually(async () => assert.ok((await http.get(refTo(CERTIFICATE_SIGNING_REQUESTS, node)))['status'].certificate));
});

test('a request that its own key has not signed fails', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  const pem = Buffer.from(await requestFor('/CN=ann'), 'base64').toString();
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  der[der.length - 1]! ^= 0xff;
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  const object = csr('forged', Buffer.from(forged).toString('base64'));
  await http.create(CERTIFICATE_SIGNING_REQUESTS, object);
  await approve(http, object);
  await eventually(async () => {
    const { status } = await http.get(refTo(CERTIFICATE_SIGNING_REQUESTS, object));
    assert.match(JSON.stringify(status.conditions), /not signed by the key that it names/);
  });
});

const SERVING = { signerName: 'kubernetes.io/kubelet-serving', usages: ['digital signature', 'server auth'] };
const NODE = '/O=system:nodes/CN=system:node:n';
const names = (value: string): string[] => ['-addext', `subjectAltName=${value}`];

test('the server of a kubelet gets the names that it asks for, and nothing of a client', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  const object = csr('serving', await requestFor(NODE, ...names('DNS:n.example.com,IP:192.0.2.7')), SERVING);
  await http.create(CERTIFICATE_SIGNING_REQUESTS, object);
  await approve(http, object);
  const certificate = await eventually(async () => {
    const { status } = await http.get(refTo(CERTIFICATE_SIGNING_REQUESTS, object));
    return new X509Certificate(Buffer.from(status.certificate as string, 'base64'));
  });
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(certificate.subjectAltName, 'DNS:n.example.com, IP Address:192.0.2.7');
  for (const [n, [request, more, why]] of (
    [
      [await requestFor(NODE), SERVING, /DNS or IP subjectAltName is required/],
      [await requestFor(NODE, ...names('DNS:n,email:a@example.com')), SERVING, /email subjectAltNames are not allowed/],
      [await requestFor(NODE, ...names('DNS:n,URI:https://example.com')), SERVING, /URI subjectAltNames are not allowed/],
      [await requestFor('/CN=system:node:n', ...names('DNS:n')), SERVING, /subject organization is not system:nodes/],
      [
        await requestFor(NODE, ...names('DNS:n')),
        { ...SERVING, usages: ['client auth', 'server auth'] },
        /usages may not contain ..client auth/,
      ],
    ] as [string, object, RegExp][]
  ).entries()) {
    const refused = csr(`s${n}`, request, more);
    await http.create(CERTIFICATE_SIGNING_REQUESTS, refused);
    await approve(http, refused);
    await eventually(async () => {
      const { status } = await http.get(refTo(CERTIFICATE_SIGNING_REQUESTS, refused));
      assert.match(JSON.stringify(status.conditions), why);
      assert.equal(status.certificate, undefined);
    });
  }
});

test('a client certificate of a node is approved by itself for whoever has the right to it, and for nobody else', async () => {
  await using platform = await startMemoryPlatform();
  const { http } = platform;
  const KUBELET = { signerName: 'kubernetes.io/kube-apiserver-client-kubelet' };
  // The administrator may do everything.
  const ours = csr('ours', await requestFor(NODE), KUBELET);
  await http.create(CERTIFICATE_SIGNING_REQUESTS, ours);
  await eventually(async () => {
    const { status } = await http.get(refTo(CERTIFICATE_SIGNING_REQUESTS, ours));
    const [{ type, reason, message }] = status.conditions;
    assert.deepEqual(
      [type, reason, message],
      ['Approved', 'AutoApproved', 'Auto approving kubelet client certificate after SubjectAccessReview.'],
    );
    assert.ok(status.certificate);
  });
  const bob = platform.as({ name: 'bob', groups: ['system:authenticated'] });
  const write = { apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests'], verbs: ['create'] };
  await http.create(ROLES, { apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: 'ask' }, rules: [write] });
  await http.create(BINDINGS, {
    apiVersion: RBAC,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'ask' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'ask' },
    subjects: [{ kind: 'User', name: 'bob', apiGroup: 'rbac.authorization.k8s.io' }],
  });
  const theirs = csr('theirs', await requestFor(NODE), KUBELET);
  await bob.create(CERTIFICATE_SIGNING_REQUESTS, theirs);
  const last = csr('last', await requestFor(NODE), KUBELET);
  await http.create(CERTIFICATE_SIGNING_REQUESTS, last);
  await eventually(async () => assert.ok((await http.get(refTo(CERTIFICATE_SIGNING_REQUESTS, last)))['status'].certificate));
  assert.deepEqual((await http.get(refTo(CERTIFICATE_SIGNING_REQUESTS, theirs)))['status'].conditions ?? [], []);
});

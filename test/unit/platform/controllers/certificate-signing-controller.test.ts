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

/** A request as a user makes it, with openssl. */
async function requestFor(subject: string, ...more: string[]): Promise<string> {
  const key = join(folder, 'key.pem');
  const { stdout } = await runCommand([
    'openssl',
    'req',
    '-new',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-subj',
    subject,
    ...more,
  ]);
  return Buffer.from(stdout).toString('base64');
}

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
  const node = csr('node', await requestFor('/O=system:nodes/CN=system:node:n'), {
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  });
  await http.create(CERTIFICATE_SIGNING_REQUESTS, node);
  await approve(http, node);
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

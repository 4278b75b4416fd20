import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateSigningRequest as definition } from '../../../../../lib/platform/api/certificates/certificate-signing-request.ts';
import type { ReplaceSubresource } from '../../../../../lib/platform/api/subresources/subresource.ts';
import type { StrategyContext } from '../../../../../lib/platform/api/strategy.ts';
import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';

const NOW = '2026-01-01T00:00:00Z';
const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${Buffer.from([0x30, 0x03, 0x02, 0x01, 0x00]).toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
const request = (spec: object = {}, status: object = {}): KubeObject => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'x', creationTimestamp: NOW },
  spec: { request: Buffer.from(pem).toString('base64'), signerName: 'example.com/signer', usages: ['client auth'], ...spec },
  status,
});
const text = (causes: { field?: string; message?: string }[]): string[] =>
  causes.map(({ field, message }) => `${field}: ${message}`);
const causes = (subject: KubeObject): string[] => text(definition.strategy!.validate!(subject));
const approval = definition.subresources!['approval'] as ReplaceSubresource;

test('who asks is who is signed in', () => {
  const made = request({ username: 'somebody', groups: ['system:masters'], uid: 'u' });
  const user = { name: 'ann', groups: ['devs'], extra: { a: ['b'] } };
  void definition.strategy!.prepareForCreate!(made, { user } as unknown as StrategyContext);
  const { username, groups, uid, extra } = made['spec'];
  assert.deepEqual([username, groups, uid, extra], ['ann', ['devs'], undefined, { a: ['b'] }]);
});

test('each mistake has its cause', () => {
  assert.deepEqual(causes(request()), []);
  assert.match(
    causes(request({ request: Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64') }))[0]!,
    /^spec\.request: Invalid value: .*: PEM block type must be CERTIFICATE REQUEST$/,
  );
  assert.deepEqual(causes(request({ usages: [], signerName: 'signer', expirationSeconds: 60 })), [
    'spec.usages: Required value',
    'spec.signerName: Invalid value: "signer": must be a domain-prefixed path (such as "acme.io/foo")',
    'spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 600 seconds (10 minutes)',
  ]);
});

test('an approval writes conditions alone, is stamped, and stands', () => {
  const old = request();
  const conditions = [{ type: 'Approved', status: 'True', reason: 'Ok' }];
  const approved = request({ signerName: 'example.com/other' }, { conditions, certificate: 'c3RvbGVu' });
  approval.prepareForUpdate(approved, old, NOW);
  assert.deepEqual(approved['spec'], old['spec']);
  assert.deepEqual(approved['status'], {
    conditions: [{ ...conditions[0], lastUpdateTime: NOW, lastTransitionTime: NOW }],
  });
  assert.deepEqual(approval.validateUpdate!(approved, old), []);
  assert.deepEqual(text(approval.validateUpdate!(request(), approved)), [
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  ]);
  const both = request({}, { conditions: [...conditions, { type: 'Denied', status: 'True' }] });
  assert.deepEqual(text(approval.validateUpdate!(both, approved)), [
    'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  ]);
});

test('a signer gives the certificate and cannot approve', () => {
  const status = definition.status as { prepareForUpdate(object: KubeObject, old: KubeObject, now: string): void };
  const signed = request({}, { certificate: 'Yw==', conditions: [{ type: 'Approved', status: 'True' }] });
  status.prepareForUpdate(signed, request(), NOW);
  assert.deepEqual(signed['status'].certificate, 'Yw==');
  assert.ok(!JSON.stringify(signed['status'].conditions ?? []).includes('Approved'));
});

test('columns', () => {
  const row = (subject: KubeObject): unknown[] =>
    definition.columns!.map((column) => column.cell(subject, Date.parse(NOW) + 60_000));
  assert.deepEqual(row(request({ username: 'ann', expirationSeconds: 3600 })), [
    'x',
    '60s',
    'example.com/signer',
    'ann',
    '60m',
    'Pending',
  ]);
  const conditions = [{ type: 'Approved', status: 'True' }];
  assert.equal(row(request({}, { conditions, certificate: 'Yw==' })).at(-1), 'Approved,Issued');
});

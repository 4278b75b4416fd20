import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMap } from '../../../../../lib/platform/api/core/config-map.ts';
import { namespace } from '../../../../../lib/platform/api/core/namespace.ts';
import type { KubeObject, ObjectMeta } from '../../../../../lib/platform/api/meta.ts';
import {
  generateName,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../../../../lib/platform/api/validation/object-meta.ts';

const object = (metadata: ObjectMeta): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
const texts = (metadata: ObjectMeta, definition = configMap): string[] =>
  validateObjectMeta(object(metadata), definition).map((cause) => `${cause.field}: ${cause.message}`);
const ok: ObjectMeta = { name: 'a', namespace: 'b' };

test('a name, where the kind wants one, and a namespace, where it is namespaced', () => {
  assert.deepEqual(texts(ok), []);
  assert.deepEqual(texts({ namespace: 'b' }), ['metadata.name: Required value: name or generateName is required']);
  assert.deepEqual(texts({ name: 'a' }), ['metadata.namespace: Required value']);
  assert.deepEqual(texts({ name: 'a', namespace: 'b' }, namespace), ['metadata.namespace: Forbidden: not allowed on this type']);
  assert.match(texts({ name: 'a.b' }, namespace)[0]!, /^metadata\.name: Invalid value: "a\.b": a lowercase RFC 1123 label/);
});

test('labels, annotations and finalizers', () => {
  assert.match(texts({ ...ok, labels: { 'a b': 'c' } })[0]!, /^metadata\.labels: Invalid value: "a b": name part must/);
  assert.match(texts({ ...ok, labels: { a: 'b c' } })[0]!, /^metadata\.labels: Invalid value: "b c": a valid label must/);
  assert.deepEqual(texts({ ...ok, annotations: { a: 'x'.repeat(262145) } }), [
    'metadata.annotations: Too long: may not be more than 262144 bytes',
  ]);
  assert.deepEqual(texts({ ...ok, annotations: { 'A.B/C': 'any thing at all' } }), []);
  assert.deepEqual(texts({ ...ok, finalizers: ['mine'] }), [
    'metadata.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
  ]);
  assert.deepEqual(texts({ ...ok, finalizers: ['orphan', 'example.com/x'] }), []);
});

test('owners: complete, and one controller at most', () => {
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: true };
  assert.deepEqual(texts({ ...ok, ownerReferences: [owner, { ...owner, controller: false }] }), []);
  assert.deepEqual(texts({ ...ok, ownerReferences: [{ ...owner, uid: '' }] }), [
    'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty',
  ]);
  assert.match(
    texts({ ...ok, ownerReferences: [owner, { ...owner, name: 'q' }] })[0]!,
    /Only one reference can have Controller set to true\. Found "true" in references for p and q$/,
  );
});

test('what an update may not change', () => {
  const old = object({ ...ok, uid: 'u1', creationTimestamp: '2026-01-01T00:00:00Z', deletionTimestamp: '2026-01-02T00:00:00Z' });
  const changed = (metadata: ObjectMeta): string[] =>
    validateObjectMetaUpdate(object({ ...old.metadata, ...metadata }), old).map((cause) => `${cause.field}: ${cause.message}`);
  assert.deepEqual(changed({}), []);
  assert.deepEqual(changed({ labels: { a: 'b' } }), []);
  assert.deepEqual(changed({ uid: 'u2' }), ['metadata.uid: Invalid value: "u2": field is immutable']);
  assert.deepEqual(changed({ name: 'c' }), ['metadata.name: Invalid value: "c": field is immutable']);
  assert.deepEqual(changed({ deletionTimestamp: '2027-01-01T00:00:00Z' }).length, 1);
  assert.deepEqual(changed({ finalizers: ['a.b/c'] }), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/c"}',
  ]);
});

test('generated names keep to 63 characters and differ', () => {
  assert.match(generateName('web-'), /^web-[b-z2-9]{5}$/);
  assert.equal(generateName('x'.repeat(80)).length, 63);
  assert.equal(new Set(Array.from({ length: 100 }, () => generateName('a'))).size, 100);
});

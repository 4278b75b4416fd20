import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '../../lib/platform/api/registry.ts';
import { sampleObjects } from '../support/samples.ts';

/** A node would get pods, a certificate request needs a key of its own. */
const EXEMPT = ['v1 Node', 'certificates.k8s.io/v1 CertificateSigningRequest'];

test('test/conformance/samples has an object of every kind that clients can make', () => {
  const sampled = new Set(sampleObjects('x').map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
  const missing = resources
    .filter((definition) => definition.virtual === undefined)
    .map(({ group, version, kind }) => `${group === '' ? '' : `${group}/`}${version} ${kind}`)
    .filter((kind) => !sampled.has(kind) && !EXEMPT.includes(kind));
  assert.deepEqual(missing, []);
});

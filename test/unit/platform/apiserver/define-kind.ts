import assert from 'node:assert/strict';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { customResourceDefinition, type DefinitionParts } from '../../../support/custom-resources.ts';
import type { ApiUnderTest } from './api-under-test.ts';

export const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Creates a definition and says that its names are accepted, as the naming controller would. */
export async function define(api: ApiUnderTest, parts: DefinitionParts = {}): Promise<KubeObject> {
  const made = await api.call('POST', CRDS, { body: customResourceDefinition(parts) });
  assert.equal(made.code, 201, made.text);
  const { metadata, spec } = made.body as KubeObject;
  const status = {
    acceptedNames: spec.names,
    conditions: ['NamesAccepted', 'Established'].map((type) => ({ type, status: 'True', reason: 'x', message: '' })),
  };
  const told = await api.call('PATCH', `${CRDS}/${metadata.name}/status`, {
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { status },
  });
  assert.equal(told.code, 200, told.text);
  return told.body as KubeObject;
}

import assert from 'node:assert/strict';
import type { ApiUnderTest, Reply } from './api-under-test.ts';

export const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';

export const merge = { 'content-type': 'application/merge-patch+json' };

export const apply = { 'content-type': 'application/apply-patch+yaml' };

export const widget = (name: string, spec: object = {}, more: object = {}): object => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
  ...more,
});

export const created = async (api: ApiUnderTest, body: object, path = WIDGETS): Promise<Reply> => {
  const reply = await api.call('POST', path, { body });
  assert.equal(reply.code, 201, reply.text);
  return reply;
};

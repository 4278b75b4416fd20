import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { isList, parseBody } from '../../../../lib/platform/v1beta1/old-request.ts';

test('a body that is no JSON, or is nested without end, is refused', () => {
  const nested = (depth: number): Buffer => Buffer.from(`{"labels":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  assert.deepEqual(parseBody(nested(3)), { labels: [[[]]] });
  for (const depth of [200, 500_000])
    assert.throws(() => parseBody(nested(depth)), { code: 400, message: 'the body is nested deeper than 100' });
  assert.throws(() => parseBody(Buffer.from('{')), { code: 400, message: 'the body is not JSON' });
});

test('a list is a GET without a name', () => {
  const is = (method: string, url: string) => isList({ method, url } as IncomingMessage);
  assert.ok(is('GET', '/api/v1beta1/pods') && is('GET', '/api/v1beta1/pods/') && is('GET', '/api/v1beta1/pods?labels=a%3Db'));
  assert.ok(!is('GET', '/api/v1beta1/pods/a') && !is('POST', '/api/v1beta1/pods') && !is('GET', '/api/v1beta1/'));
});

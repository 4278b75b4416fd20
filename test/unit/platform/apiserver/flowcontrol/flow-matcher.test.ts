import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowRules } from '../../../../../lib/platform/api/flow-rules.ts';
import { ANONYMOUS } from '../../../../../lib/platform/apiserver/auth/authenticator.ts';
import { flowName } from '../../../../../lib/platform/apiserver/flowcontrol/flow-matcher.ts';

const schema = { name: 'all', distinguisher: 'ByUser' } as FlowRules;
const query = { verb: 'get', path: '/oauth/authorize' };

test('users are told apart by their names, and those that nobody knows by where they are', () => {
  const bob = { ...query, user: { name: 'bob', groups: [] } };
  assert.equal(flowName(schema, bob, '192.0.2.1'), flowName(schema, bob, '192.0.2.2'));
  const nobody = { ...query, user: ANONYMOUS };
  assert.equal(flowName(schema, nobody, '192.0.2.1'), flowName(schema, nobody, '192.0.2.1'));
  assert.notEqual(flowName(schema, nobody, '192.0.2.1'), flowName(schema, nobody, '192.0.2.2'));
  assert.notEqual(flowName(schema, nobody, '192.0.2.1'), flowName(schema, bob, '192.0.2.1'));
});

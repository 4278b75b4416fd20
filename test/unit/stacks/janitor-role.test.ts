import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { packageRoot } from '../../../lib/common/assets.ts';
import { janitorStatements } from '../../support/aws/janitor-statements.ts';
import { operationsIn, permissionsFor } from '../../support/aws/called-actions.ts';

const handler = join(packageRoot(), 'lib', 'installer', 'lab', 'aws', 'janitor', 'handler.ts');
/** What Lambda itself does with the function's role. */
const ofLambda = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const allowed = (): readonly string[] => [...new Set(janitorStatements().flatMap(({ Action }) => Action))].toSorted();

test('the role of the janitor allows what its code can call, and nothing else', () => {
  const called = permissionsFor([...operationsIn(handler), ...ofLambda]);
  assert.ok(called.length > 80, `only ${called.length} calls were recognised`);
  assert.deepEqual(allowed(), called);
});

test('what it deletes bears the tags or the name of a lab, or is without data in its own region', () => {
  for (const { Action, Resource, Condition } of janitorStatements()) {
    const changing = [Action].flat().filter((action) => !/:(Describe|Get|List)/.test(action));
    if (changing.length === 0) continue;
    const resources = [Resource].flat().map((resource) => JSON.stringify(resource));
    const isNamed = resources.every((resource) => /oo-lab-\*|oo-install\/janitor|Notices|Log/.test(resource));
    const isTagged = JSON.stringify(Condition ?? {}) === '{"Null":{"aws:ResourceTag/oo-install:lab-id":"false"}}';
    const isStray = changing.every((action) =>
      /^ec2:(Delete(NetworkInterface|SecurityGroup|VpcEndpoints)|Detach|Disassociate|RevokeSecurityGroup)/.test(action),
    );
    assert.ok(isNamed || isTagged || isStray, JSON.stringify([changing, resources, Condition]));
  }
});

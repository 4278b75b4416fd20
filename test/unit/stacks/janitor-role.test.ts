import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { operationsIn, permissionsFor } from '../../support/aws/called-actions.ts';
import { janitorStatements } from '../../support/aws/janitor-statements.ts';

const handler = join(packageRoot(), 'lib', 'installer', 'lab', 'aws', 'janitor', 'handler.ts');
/** What Lambda itself does with the function's role. */
const ofLambda = ['logs:CreateLogStream', 'logs:PutLogEvents'];

test('the role of the janitor allows what its code can call, and nothing else', () => {
  const called = permissionsFor([...operationsIn(handler), ...ofLambda]);
  assert.ok(called.length > 80, `only ${called.length} calls were recognised`);
  const allowed = new Set(janitorStatements().flatMap(({ Action }) => Action));
  assert.deepEqual([...allowed].toSorted(), called);
});

test('what it deletes bears the tags or the name of a lab, or is without data in its own region', () => {
  for (const { Action, Resource, Condition } of janitorStatements()) {
    const changing = [Action].flat().filter((action) => !/:(Describe|Get|List)/.test(action));
    if (changing.length === 0) continue;
    const isNamed = [Resource].flat().every((resource) => /oo-lab-\*|oo-install\/janitor\/|oo-janitor/.test(resource));
    const isTagged = JSON.stringify(Condition ?? {}) === '{"Null":{"aws:ResourceTag/oo-install:lab-id":"false"}}';
    const isStray = changing.every((action) =>
      /^ec2:(Delete(NetworkInterface|SecurityGroup|VpcEndpoints)|Detach|Disassociate|RevokeSecurityGroup)/.test(action),
    );
    assert.ok(isNamed || isTagged || isStray, JSON.stringify([changing, Resource, Condition]));
  }
});

test('docs/examples/aws-janitor-policy.json is what the role allows', () => {
  const file = join(packageRoot(), 'docs', 'examples', 'aws-janitor-policy.json');
  const { Version, Statement } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly Version: string;
    readonly Statement: unknown;
  };
  assert.equal(Version, '2012-10-17');
  assert.deepEqual(Statement, janitorStatements());
});

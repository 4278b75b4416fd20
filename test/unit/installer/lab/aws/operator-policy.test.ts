import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../../lib/common/assets.ts';
import { sourceFiles } from '../../../../architecture/source-files.ts';
import { operationsOf, permissionsFor } from '../../../../support/aws/called-actions.ts';

/** docs/examples/aws-operator-policy.json: what docs/labs-on-aws.md tells an account's administrator to allow. */
const policy = JSON.parse(readFileSync(join(packageRoot(), 'docs', 'examples', 'aws-operator-policy.json'), 'utf8')) as {
  readonly Statement: readonly { readonly Action: readonly string[] }[];
};
const allowed = policy.Statement.flatMap(({ Action }) => Action);

/** What the CDK's toolkit asks for: everything else it does as the roles that `cdk bootstrap` has made. */
const ofTheToolkit = ['sts:AssumeRole'];

test('the policy for whoever puts labs up allows what the provider asks for, and nothing else', () => {
  const files = sourceFiles('lib').filter(
    ({ path }) => path.startsWith('lib/installer/lab/aws/') && !path.startsWith('lib/installer/lab/aws/janitor/'),
  );
  const called = permissionsFor([...operationsOf(files.map(({ text }) => text)), ...ofTheToolkit]);
  assert.ok(called.length > 50, `${called.length} actions were found in the code`);
  assert.deepEqual([...allowed].toSorted(), called);
});

test('the policy fits into one managed policy of IAM', () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: white space does not count.
  assert.ok(JSON.stringify(policy).length <= 6_144, `${JSON.stringify(policy).length} characters`);
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../../lib/common/assets.ts';
import { sourceFiles } from '../../../../architecture/source-files.ts';

/** docs/examples/aws-operator-policy.json: what docs/labs-on-aws.md tells an account's administrator to allow. */
const policy = JSON.parse(readFileSync(join(packageRoot(), 'docs', 'examples', 'aws-operator-policy.json'), 'utf8')) as {
  readonly Statement: readonly { readonly Action: readonly string[] }[];
};
const allowed = policy.Statement.flatMap(({ Action }) => Action);

/** Names of IAM where they are others than those of the SDK's packages and commands. */
const services: Readonly<Record<string, string>> = { 'cloudwatch-logs': 'logs', 'service-quotas': 'servicequotas' };
const actions: Readonly<Record<string, readonly string[]>> = {
  's3:ListBuckets': ['s3:ListAllMyBuckets'],
  's3:ListObjectVersions': ['s3:ListBucketVersions'],
  's3:ListMultipartUploads': ['s3:ListBucketMultipartUploads'],
  's3:HeadObject': ['s3:GetObject', 's3:ListBucket'],
  's3:CreateMultipartUpload': ['s3:PutObject'],
  's3:UploadPart': ['s3:PutObject'],
  's3:CompleteMultipartUpload': ['s3:PutObject'],
  's3:ListParts': ['s3:ListMultipartUploadParts'],
  's3:DeleteObjects': ['s3:DeleteObject', 's3:DeleteObjectVersion'],
};
/** What the CDK's toolkit asks for: everything else it does as the roles that `cdk bootstrap` has made. */
const ofTheToolkit = ['sts:AssumeRole'];

/** Every action that code asks for: each command of the SDK, and each paginator, that a file imports. */
function calledIn(text: string): string[] {
  return [...text.matchAll(/import (?:type )?\{([^}]*)\} from '@aws-sdk\/client-([a-z0-9-]+)'/g)].flatMap(
    ([, names = '', client = '']) =>
      [...names.replace(/ as \w+/g, '').matchAll(/\b(?:paginate(\w+)|(\w+)Command)\b/g)].flatMap(([, page, command]) => {
        const action = `${services[client] ?? client}:${page ?? command}`;
        return actions[action] ?? [action];
      }),
  );
}

test('the policy for whoever puts labs up allows what the provider asks for, and nothing else', () => {
  const files = sourceFiles('lib').filter(
    ({ path }) => path.startsWith('lib/installer/lab/aws/') && !path.startsWith('lib/installer/lab/aws/janitor/'),
  );
  const called = new Set([...files.flatMap(({ text }) => calledIn(text)), ...ofTheToolkit]);
  assert.ok(called.size > 50, `${called.size} actions were found in the code`);
  assert.deepEqual([...allowed].toSorted(), [...called].toSorted());
});

test('the policy fits into one managed policy of IAM', () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: white space does not count.
  assert.ok(JSON.stringify(policy).length <= 6_144, `${JSON.stringify(policy).length} characters`);
});

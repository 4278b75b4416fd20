import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CfnResource, Stack } from 'aws-cdk-lib/core';
import { emptyApp } from '../../../lib/stacks/empty-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'oo-test-stacks-'));
after(() => rmSync(folder, { recursive: true }));

test('what CloudFormation would refuse is refused when the templates are made', () => {
  const bucketWith = (property: string) => {
    const app = emptyApp({ outdir: mkdtempSync(join(folder, 'out-')) });
    const bucket = new CfnResource(new Stack(app, 'stack'), 'Bucket', { type: 'AWS::S3::Bucket' });
    bucket.addPropertyOverride(property, 'of-a-lab');
    return app.synth();
  };
  assert.equal(bucketWith('BucketName').stacks.length, 1);
  assert.throws(() => bucketWith('NoSuchProperty'), /Validation failed/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainAws } from '../../../../../lib/installer/lab/aws/explain-aws.ts';

/** An error as the SDK makes it of an answer. */
const answer = (name: string, message: string, httpStatusCode: number): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
const explain = (error: Error, action?: string) => explainAws(error, 'upload it', 'eu-central-1', action);

test('AWS names the permission, and it is told', () => {
  const words = 'User: arn:aws:iam::123456789012:user/ina is not authorized to perform: sts:AssumeRole on resource: x';
  const { code, message, hint } = explain(answer('AccessDenied', words, 403), 's3:PutObject');
  assert.equal(code, 'AWS_DENIED');
  assert.equal(message, 'sts:AssumeRole is not allowed to you: oo-install cannot upload it');
  assert.match(hint!, /to allow sts:AssumeRole/);
});

test('where AWS names none, the one that was needed is told', () => {
  assert.match(explain(answer('AccessDenied', 'Access Denied', 403), 's3:PutObject').message, /^s3:PutObject is not allowed/);
  // To HEAD there is no body.
  assert.match(explain(answer('UnknownError', 'UnknownError', 403), 's3:GetObject').message, /^s3:GetObject is not allowed/);
  assert.equal(explain(answer('UnknownError', 'UnknownError', 500), 's3:GetObject').code, 'AWS_REFUSED');
});

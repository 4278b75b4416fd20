import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { packageRoot } from '../../../../../lib/common/assets.ts';
import { cdkLab } from '../../../../../lib/installer/lab/aws/cdk-lab.ts';
import { checkDefinition } from '../../../../../lib/stacks/check-definition.ts';
import { setEnvironment } from '../../../../support/set-environment.ts';

const dir = mkdtempSync(join(tmpdir(), 'oo-cdk-lab-'));
setEnvironment({ XDG_STATE_HOME: dir });
after(() => rmSync(dir, { recursive: true }));
beforeEach(() => rmSync(join(dir, 'oo-install'), { recursive: true, force: true }));

const example = readFileSync(join(packageRoot(), 'docs', 'examples', 'aws-lab.yaml'), 'utf8');
const labOf = (yaml: string, region?: string) => {
  const file = join(dir, 'lab.yaml');
  writeFileSync(file, yaml);
  return cdkLab(file, region);
};

test('the example of the docs becomes a whole definition', async () => {
  const lab = await labOf(example);
  assert.deepEqual(checkDefinition(lab, 'it'), lab);
  assert.deepEqual(
    lab.attendees.map(({ name, cohort }) => [name, cohort]),
    [
      ['ana', 0],
      ['bo', 0],
    ],
  );
  assert.equal(lab.region, 'eu-central-1');
  assert.deepEqual(lab.network.allow.api, ['203.0.113.0/24']);
  assert.match(gunzipSync(Buffer.from(lab.host.userData['ana-1']!, 'base64')).toString(), /^#cloud-config[^]*ana-1/);
});

test('the same lab.yaml gives the same definition again: id, keys and end are kept', async () => {
  assert.deepEqual(await labOf(example), await labOf(example));
  assert.ok(existsSync(join(dir, 'oo-install', 'labs', 'demo', 'keys', 'ana')));
});

test('who is new gets the next place, and nobody else changes', async () => {
  const two = await labOf(example);
  const three = await labOf(example.replace('[ana, bo]', '[cy, bo, ana]'));
  const keyOf = (lab: typeof two, who: string) => lab.attendees.find(({ name }) => name === who)?.publicKey;
  for (const who of ['ana', 'bo']) {
    assert.equal(keyOf(two, who), keyOf(three, who));
    assert.equal(two.host.userData[`${who}-1`], three.host.userData[`${who}-1`]);
  }
  assert.ok(keyOf(three, 'cy'));
});

test('the region of the credentials is taken where nothing else says one', async () => {
  assert.equal((await labOf(example.replace(/^ +region.*\n/m, ''), 'eu-west-1')).region, 'eu-west-1');
});

for (const [what, change, code, message] of [
  ['no image', (yaml: string) => yaml.replace(/^ +image.*\n/m, ''), 'CDK_LAB_INCOMPLETE', /aws\.image/],
  ['no region', (yaml: string) => yaml.replace(/^ +region.*\n/m, ''), 'CDK_LAB_INCOMPLETE', /aws\.region/],
  ['nobody who may log in', (yaml: string) => yaml.replace(/^ +ssh.*\n/m, ''), 'CDK_LAB_INCOMPLETE', /access\.ssh/],
  ['a local lab', (yaml: string) => yaml.replace('provider: aws', 'provider: local'), 'CDK_NOT_AN_AWS_LAB', /demo/],
  ['a bucket', (yaml: string) => `${yaml}  install: s3\n`, 'CDK_CANNOT_UPLOAD', /demo/],
  ['a mistake', (yaml: string) => yaml.replace('t3.medium', 'huge'), 'LAB_FILE_INVALID', /instanceType/],
] as const) {
  test(`${what} is refused with the way out`, async () => {
    await assert.rejects(labOf(change(example)), (error: { code?: string; message: string; hint?: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.ok(error.hint);
      return true;
    });
  });
}

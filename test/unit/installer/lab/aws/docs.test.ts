import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../../lib/common/assets.ts';
import { parseLab } from '../../../../../lib/installer/config/lab-file.ts';
import { awsErrors } from '../../../../../lib/installer/lab/aws/aws-errors.ts';
import { costOf, readPrices } from '../../../../../lib/installer/lab/aws/prices.ts';

const text = readFileSync(join(packageRoot(), 'docs', 'labs-on-aws.md'), 'utf8');

test('docs/labs-on-aws.md tells what to do about each error of AWS', () => {
  const told = [...text.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code!);
  assert.deepEqual(
    Object.keys(awsErrors).filter((code) => !told.includes(code)),
    [],
  );
});

test('what docs/labs-on-aws.md says that ten hosts cost is what lab plan says', async () => {
  const lab = parseLab('name: ten\nprovider: aws\nattendees: 10\n', 'lab.yaml');
  const { cost } = costOf(await readPrices(), lab, 'us-east-1', 8);
  assert.ok(
    text.replaceAll('\n', ' ').includes(`about ${cost!.perHour} USD an hour: ${cost!.inAll} USD for 8 hours`),
    JSON.stringify(cost),
  );
});

test('a price that nobody knows is not guessed', async () => {
  const lab = parseLab('name: ten\nprovider: aws\nattendees: 10\n', 'lab.yaml');
  const prices = await readPrices();
  for (const region of ['eu-central-1', 'sa-east-1']) {
    const { cost, notes } = costOf(prices, lab, region, 8);
    assert.equal(cost, undefined);
    assert.match(notes.join(), /not in oo-install's table: look at https:\/\/aws\.amazon\.com/);
  }
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import { eventually } from '../../support/eventually.ts';
import { useNamespace } from '../../support/shared-platform.ts';

const { kubectl, namespace } = await useNamespace('access');
after(() => kubectl(['delete', 'namespace', `${namespace}-shop`, '--wait=false'], { anyCode: true }));

/** docs/access.md, its commands in a namespace of this test's own. */
const text = readFileSync(join(packageRoot(), 'docs', 'access.md'), 'utf8').replaceAll(/\bshop\b(?!-)/g, `${namespace}-shop`);
const commands = [...text.matchAll(/```sh\n(.*?)```/gs)]
  .flatMap(([, block]) => block!.trim().split('\n'))
  .map((line) => line.split(' ').slice(1));

test('every command of docs/access.md does what it says', async () => {
  const outputs = [];
  for (const command of commands) {
    const run = (): Promise<string> => kubectl.text(...command);
    // A controller gathers the rules of edit a moment after the platform's start.
    outputs.push(await (command.includes('can-i') ? eventually(run) : run()));
  }
  assert.equal(outputs.length, 10);
  assert.equal(outputs[2], 'yes');
  assert.match(outputs[3]!, /^pods +\[\] +\[\] +\[.*create/m);
  const token = outputs[7];
  assert.equal(outputs[9], 'resourcequota/all created');
  const may = (...words: string[]): Promise<{ stdout: string }> =>
    kubectl(['auth', 'can-i', ...words, '--namespace', `${namespace}-shop`, `--token=${token}`], { anyCode: true });
  assert.equal((await may('patch', 'deployments.apps')).stdout, 'yes\n');
  assert.equal((await may('delete', 'deployments.apps')).stdout, 'no\n');
});

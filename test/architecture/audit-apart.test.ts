import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sourceFiles } from './source-files.ts';

const files = new Map(sourceFiles('bin', 'lib').map((file) => [file.path, file]));

/** Types alone: nothing of it runs. */
const CONTRACT = 'lib/installer/lab/provider.ts';

/** Every file of ours that a file needs, over all steps. */
function reach(from: string, seen = new Set<string>()): Set<string> {
  for (const next of files.get(from)?.imports ?? []) {
    if (seen.has(next) || next === CONTRACT) continue;
    seen.add(next);
    reach(next, seen);
  }
  return seen;
}

/** What a lab's tags and names are, how AWS is reached, and waiting: neither finds anything. */
const SHARED = [
  'lib/common/clock.ts',
  'lib/common/errors.ts',
  'lib/common/retry.ts',
  'lib/installer/lab/aws/clients.ts',
  'lib/installer/lab/aws/lab-identity.ts',
  'lib/stacks/lab-definition.ts',
];

test('the audit of a lab on AWS shares no code with what takes the lab away', () => {
  const audit = reach('lib/installer/lab/aws/audit/audit.ts');
  const sweep = reach('lib/installer/lab/aws/sweep/down-lab.ts');
  assert.ok(audit.has('lib/installer/lab/aws/audit/ec2-questions.ts'), 'no imports were recognised');
  assert.doesNotMatch(files.get(CONTRACT)!.text, /^(import \{|export (const|let|function|class|enum|async))/m);
  assert.ok(sweep.has('lib/installer/lab/aws/sweep/types/volumes.ts'), 'no imports were recognised');
  assert.deepEqual(
    [...audit].filter((path) => sweep.has(path) && !SHARED.includes(path)),
    [],
  );
});

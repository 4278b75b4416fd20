import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../lib/common/assets.ts';
import type { StageResult } from '../../support/stage-result.ts';

const support = join(packageRoot(), 'test', 'support');

/** Runs files of these texts as the unit stage does: in one process, which has some seconds for each test. */
function runStage(texts: Readonly<Record<string, string>>): { told: string; result: StageResult } {
  mkdirSync(join(packageRoot(), 'dist'), { recursive: true });
  const folder = mkdtempSync(join(packageRoot(), 'dist', 'batches-'));
  try {
    const files = Object.keys(texts).map((name) => relative(packageRoot(), join(folder, `${name}.test.mjs`)));
    for (const [name, text] of Object.entries(texts))
      writeFileSync(join(folder, `${name}.test.mjs`), `import { after, before, test } from 'node:test';\n${text}\n`);
    const { NODE_TEST_CONTEXT: _, ...own } = process.env;
    const env = { ...own, OO_TEST_STAGE: 'unit', OO_TEST_FILES: files.join(' '), OO_TEST_RESULTS: folder };
    const options = { cwd: packageRoot(), env, encoding: 'utf8' } as const;
    const write = join(support, 'batches', 'write-batches.ts');
    const batches = execFileSync(process.execPath, [write, join(folder, 'batches'), ...files], options)
      .trim()
      .split('\n');
    const flags = ['--test', '--test-timeout=4000', `--test-reporter=${join(support, 'stage-reporter.ts')}`];
    const { stdout } = spawnSync(process.execPath, [...flags, '--test-reporter-destination=stdout', ...batches], options);
    const result = JSON.parse(
      readFileSync(join(folder, 'unit.json'), 'utf8').replaceAll(`${relative(packageRoot(), folder)}/`, ''),
    );
    return { told: stdout.replaceAll(`${relative(packageRoot(), folder)}/`, ''), result: result as StageResult };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('files that share a process fail each for itself: what is wrong, cannot be loaded, hangs, or leaves something behind', () => {
  const { told, result } = runStage({
    broken: "throw new Error('cannot be loaded');",
    hanging: "test('hangs', () => new Promise(() => {}));",
    hook: "before(() => { throw new Error('no start'); }); test('never runs', () => {});",
    leaving: "test('leaves', () => { process.env.LEFT = '1'; setInterval(() => {}, 1000); process.on('SIGUSR2', () => {}); });",
    wrong: "test('good', () => {}); test('wrong', () => { throw new Error('it is wrong'); });",
    zealous: "let ready = false; before(() => (ready = true)); test('ready', () => { if (!ready) throw new Error(); });",
  });
  assert.deepEqual(
    result.failures?.map(({ name, error }) => `${name}: ${error[0]}`),
    [
      'broken.test.mjs: Error: cannot be loaded',
      "hanging.test.mjs: hangs: 'test timed out after 4000ms'",
      "hook.test.mjs: never runs: 'test did not finish before its parent and was cancelled'",
      'hook.test.mjs: Error: no start',
      'leaving.test.mjs leaves nothing behind in its process: ' +
        'Error: open: 1 Timeout; listening to: 1 SIGUSR2; environment: LEFT',
      'wrong.test.mjs: wrong: Error: it is wrong',
    ],
    told,
  );
  assert.deepEqual(result.names, ['leaving.test.mjs: leaves', 'wrong.test.mjs: good', 'zealous.test.mjs: ready']);
  assert.match(told, /FAIL wrong\.test\.mjs \(1 of 2, /);
  assert.match(told, /ok {3}zealous\.test\.mjs \(1 of 1, /);
});

test('a file that ends its process takes the results of the next ones with it, and they are named', () => {
  const { result } = runStage({ ends: "test('ends', () => process.exit(0));", next: "test('runs', () => {});" });
  const lost = result.failures?.find(({ name }) => name === 'unit: results were lost');
  assert.ok(lost?.error.includes('did not tell how it ended: next.test.mjs'), JSON.stringify(result));
  assert.ok(result.failed > 0);
});

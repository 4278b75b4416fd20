/**
 * `summarize.ts RESULTS whole|partial`: adds up the stages of a run, lists every skip with its reason, and writes totals.txt
 * (printed last by test/run) and dist/skips.txt. A whole run under CI=true fails when the skips differ from the committed list, and any
 * whole run when docs/comparison.md or docs/kubectl.md claims what no test of that name has proven, but for long tests ($OO_TEST_LONG_FILES, a pattern of
 * their paths), which other runs have.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { CLAIMING, fileOf, readClaims, unprovenClaims } from './comparison.ts';
import { compareSkips, parseSkipList, totalsLine, type StageResult } from './stage-result.ts';

const [folder, extent] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: summarize.ts RESULTS whole|partial');

const results = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as StageResult);
const skips = results.flatMap((result) => result.skips).sort();
const out: string[] = [];
if (skips.length > 0) out.push('', `SKIPPED TESTS (${skips.length}):`, ...skips.map((line) => `   ${line}`), '');
writeFileSync(join(packageRoot(), 'dist', 'skips.txt'), skips.map((line) => `${line}\n`).join(''));

const list = join(packageRoot(), 'test', 'expected-skips.txt');
if (extent === 'whole') {
  const { missing, unexpected } = compareSkips(parseSkipList(readFileSync(list, 'utf8')), skips);
  for (const line of unexpected) out.push(`skipped, though test/expected-skips.txt does not say so: ${line}`);
  for (const line of missing) out.push(`not skipped, though test/expected-skips.txt says so: ${line}`);
  if (missing.length + unexpected.length > 0 && process.env['CI'] === 'true') process.exitCode = 1;
  const passed = new Set(results.flatMap((result) => result.names ?? []));
  const long = new RegExp(process.env['OO_TEST_LONG_FILES'] || '$.');
  for (const document of CLAIMING) {
    const claims = readClaims(document);
    const elsewhere = claims.filter(({ tests }) => tests.some((name) => long.test(fileOf(name)))).length;
    const unproven = unprovenClaims(document, claims, passed, (file) => long.test(file));
    out.push(
      ...unproven,
      `docs/${document}: ${claims.length} rows, ${unproven.length} tests of them did not pass, ${elsewhere} rows have a long test, which is not in this run`,
    );
    if (unproven.length > 0) process.exitCode = 1;
  }
}
const failures = results.flatMap(({ stage, failures = [] }) => failures.map((failure) => ({ stage, ...failure })));
if (failures.length > 0) out.push('', `FAILED TESTS (${failures.length}):`);
for (const { stage, name, error } of failures) out.push(`   ${stage}: ${name}`, ...error.map((line) => `      | ${line}`));
if (results.some((result) => result.failed > 0)) process.exitCode = 1;
if (results.length === 0) {
  out.push('nothing ran');
  process.exitCode = 1;
}
writeFileSync(join(folder, 'totals.txt'), `${totalsLine(results)}\n`);
if (out.length > 0) process.stdout.write(`${out.join('\n')}\n`);

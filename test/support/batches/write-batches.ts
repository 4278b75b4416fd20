/**
 * `write-batches.ts FOLDER FILE...`: has test files share processes. Writes programs into FOLDER, each of which runs some of the files, and prints their paths. Files that
 * stand beside each other come together: they load the same. A process for each would load it for each.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { packageRoot } from '../../../lib/common/assets.ts';

/** So many that what they load is loaded seldom, and so few that the two processes which run at once end at about the same time. */
const SIZE = 24;

const [folder = '', ...files] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const program = join(packageRoot(), 'test', 'support', 'batches', 'run-batch.ts');
for (let first = 0; first < files.length; first += SIZE) {
  const names = files.slice(first, first + SIZE).map((file) => relative(packageRoot(), file));
  const path = join(folder, `${String(first / SIZE + 1).padStart(3, '0')}.test.ts`);
  writeFileSync(path, `import { runBatch } from ${JSON.stringify(program)};\nawait runBatch(${JSON.stringify(names)});\n`);
  process.stdout.write(`${path}\n`);
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadedBy } from '../../../support/loaded-modules.ts';

/** What commands do, and what only that needs. */
const parts = [
  'lib/installer/fleet/',
  'lib/installer/lab/',
  'lib/installer/phases/',
  'lib/installer/transport/',
  'lib/stacks/',
  ...['handlebars', 'listr2', 'ssh2', 'yaml', 'zod'].map((name) => `node_modules/${name}/`),
];

test('help, and a refused flag, load what commands are and nothing of what they do', async () => {
  const starts = [['--help'], ['install', '--help'], ['lab', 'up', '--help'], ['localhost', '--nonsense'], ['version']];
  const loaded = await Promise.all(starts.map((args) => loadedBy('oo-install', args)));
  for (const [index, modules] of loaded.entries()) {
    const words = starts[index]!.join(' ');
    assert.ok(modules.includes('lib/installer/cli/commands/lab-up.ts'), `${words}: ${modules.join('\n')}`);
    assert.deepEqual(
      modules.filter((path) => parts.some((part) => path.startsWith(part))),
      [],
      words,
    );
  }
});

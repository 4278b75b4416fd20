import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { packageRoot } from '../../../../lib/common/assets.ts';

const root = packageRoot();
/** Tells the loader's every module, one a line behind `loaded `, on standard error. */
const counting = `import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';
registerHooks({ load: (url, context, next) => (writeSync(2, 'loaded ' + url + '\\n'), next(url, context)) });`;

/** What a start of the program loads, as paths from the root of the checkout. */
async function loadedBy(...args: string[]): Promise<readonly string[]> {
  const hook = `data:text/javascript,${encodeURIComponent(counting)}`;
  const argv = ['--disable-warning=ExperimentalWarning', '--import', hook, join(root, 'bin', 'oo-install.ts'), ...args];
  const run = promisify(execFile)(process.execPath, argv, { maxBuffer: 16_000_000 });
  // A refused command line ends with a status of its own.
  const { stderr } = await run.catch((error: unknown) => error as Awaited<typeof run>);
  return [...stderr.matchAll(/^loaded file:\/\/(\S+)$/gm)].map(([, path]) => decodeURI(path!).slice(root.length + 1));
}

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
  const loaded = await Promise.all(starts.map((args) => loadedBy(...args)));
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

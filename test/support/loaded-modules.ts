import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../lib/common/assets.ts';

const root = packageRoot();
/** Tells the loader's every module, one a line behind `loaded `, on standard error. */
const counting = `import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';
registerHooks({ load: (url, context, next) => (writeSync(2, 'loaded ' + url + '\\n'), next(url, context)) });`;

/** What a start of bin/PROGRAM.ts loads, as paths from the root of the checkout. */
export async function loadedBy(program: string, args: readonly string[]): Promise<readonly string[]> {
  const hook = `data:text/javascript,${encodeURIComponent(counting)}`;
  const argv = ['--disable-warning=ExperimentalWarning', '--import', hook, join(root, 'bin', `${program}.ts`), ...args];
  const run = promisify(execFile)(process.execPath, argv, { maxBuffer: 16_000_000 });
  // A refused command line ends with a status of its own.
  const { stderr } = await run.catch((error: unknown) => error as Awaited<typeof run>);
  return [...stderr.matchAll(/^loaded file:\/\/(\S+)$/gm)].map(([, path]) => decodeURI(path!).slice(root.length + 1));
}

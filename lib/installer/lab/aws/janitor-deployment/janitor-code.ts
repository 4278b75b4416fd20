import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../../common/assets.ts';

/** A folder with `index.mjs`, which exports `handler`: what the janitor's stack runs. Disposing of it takes the folder away. */
export interface JanitorCode extends AsyncDisposable {
  readonly folder: string;
}

/** CommonJS packages in it ask for `require`. */
const banner = `import { createRequire as ooCreateRequire } from 'node:module';\nconst require = ooCreateRequire(import.meta.url);`;

/**
 * Makes the janitor's code: its handler and all that it imports, the SDK included, in one file that needs nothing but Node. The same sources give
 * the same bytes, so that a stack whose janitor has not changed is not changed. Nothing of the environment is in it.
 */
export async function janitorCode(root: string = packageRoot()): Promise<JanitorCode> {
  const { build } = await import('esbuild');
  const folder = await mkdtemp(join(tmpdir(), 'oo-install-janitor-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    await build({
      absWorkingDir: root,
      entryPoints: ['lib/installer/lab/aws/janitor/handler.ts'],
      outfile: join(folder, 'index.mjs'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      // What Lambda has (janitor-stack.ts); oo-install itself runs on a newer one.
      target: 'node24',
      banner: { js: banner },
      mainFields: ['module', 'main'],
      minify: true,
      legalComments: 'linked',
      logLevel: 'silent',
    });
    return { folder, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

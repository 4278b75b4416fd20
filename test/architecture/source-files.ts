import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';

/** A source file of ours, with what it imports. Paths are relative to the repository, with forward slashes. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Our own files that it imports (types too: a type is a dependency on a shape). */
  readonly imports: readonly string[];
  /** Packages that it imports: `dockerode`, `node:fs`, `@peculiar/x509`. */
  readonly packages: readonly string[];
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^'";]*?\bfrom\s*'([^']+)'|(?:^|\n)\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g;

/** Every TypeScript file below these folders, generated ones left out. */
export function sourceFiles(...folders: string[]): SourceFile[] {
  const root = packageRoot();
  return folders
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('generated'))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const text = readFileSync(file, 'utf8');
      const specifiers = [...text.matchAll(IMPORT)].map((match) => (match[1] ?? match[2] ?? match[3])!);
      return {
        path: relative(root, file),
        text,
        imports: specifiers.filter((name) => name.startsWith('.')).map((name) => relative(root, resolve(dirname(file), name))),
        packages: specifiers.filter((name) => !name.startsWith('.')).map(packageName),
      };
    });
}

function packageName(specifier: string): string {
  return specifier.startsWith('@')
    ? specifier.split('/').slice(0, 2).join('/')
    : specifier.startsWith('node:')
      ? specifier
      : specifier.split('/')[0]!;
}

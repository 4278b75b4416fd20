import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The argument array that runs one of our programs on this machine's copy of our Node. On a server that is the wrapper beside
 * it, which finds libatomic; in a checkout the Node that runs us.
 */
export function runtimeCommand(program: 'agent' | 'supervisor', flags: readonly string[] = []): string[] {
  const wrapper = join(dirname(dirname(process.execPath)), 'node');
  const here = fileURLToPath(import.meta.url);
  const node = existsSync(wrapper) ? wrapper : process.execPath;
  if (!here.endsWith('.ts')) return [node, ...flags, join(bundleRoot(), `${program}.mjs`)];
  const source = program === 'agent' ? join(dirname(here), 'main.ts') : join(dirname(here), 'supervisor', 'main.ts');
  return [node, ...flags, source];
}

/** The folder of the unpacked bundle: its name is its hash. */
export function bundleRoot(): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json')) || dir === dirname(dir)) return dir;
  }
}

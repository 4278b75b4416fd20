import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, type Contender, formatComparison } from './harness.ts';

/**
 * From exec to templates on the disk, each in a process of its own: a lab of 200 attendees with roles, keys and rendered user data, and one
 * of 50, against what the CDK takes for a stack with nothing in it (the floor: nearly all of it is loading the library).
 */
const dir = mkdtempSync(join(tmpdir(), 'oo-synth-'));
const contender = (name: string, file: string, ...args: string[]): Contender => ({
  name,
  async run() {
    const outdir = mkdtempSync(join(dir, 'out-'));
    const program = fileURLToPath(new URL(`synth/${file}`, import.meta.url));
    const began = performance.now();
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, outdir, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const [code] = await once(child, 'close');
    const seconds = (performance.now() - began) / 1_000;
    if (code !== 0) throw new Error(`${name}: exit code ${String(code)}`);
    rmSync(outdir, { recursive: true });
    return { 'wall s': seconds, 'CPU s': Number(printed) };
  },
});
try {
  const contenders = [
    contender('empty stack', 'empty.ts'),
    contender('lab of 50', 'lab.ts', '50'),
    contender('lab of 200', 'lab.ts', '200'),
  ];
  process.stdout.write(`${formatComparison(await compare({ title: 'synthesis', contenders }))}\n`);
} finally {
  rmSync(dir, { recursive: true });
}

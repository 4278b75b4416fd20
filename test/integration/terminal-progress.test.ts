import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';

const simulation = fileURLToPath(new URL('../support/simulate-progress.ts', import.meta.url));
const hide = '\u001b[?25l';
const show = '\u001b[?25h';

/** Draws on a terminal of its own, 80 by 24, which `script` of util-linux makes; answers what arrived there. */
async function drawn(keys: readonly string[], hosts: number): Promise<string> {
  const command = `stty cols 80 rows 24; exec '${process.execPath}' '${simulation}' ${hosts} 0.5`;
  const { CI: _, ...env } = process.env;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...env, TERM: 'xterm' },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await eventually(() => assert.match(output, /Wait until|connect and look/), { timeout: 15_000 });
  assert.ok(output.lastIndexOf(hide) > output.lastIndexOf(show), 'the cursor is hidden while it is drawn');
  for (const key of keys) child.stdin.write(key);
  await once(child, 'close');
  return output;
}

test('a terminal gets its cursor back from whatever ends a program that draws', async () => {
  // Ctrl-\ ends it at once, Ctrl-C twice in the middle of a step.
  for (const [keys, hosts] of [
    [['\u001c'], 1],
    [['\u001c'], 3],
    [['\u0003', '\u0003'], 1],
  ] as const) {
    const output = await drawn(keys, hosts);
    assert.ok(output.lastIndexOf(show) > output.lastIndexOf(hide), JSON.stringify(output.slice(-300)));
  }
});

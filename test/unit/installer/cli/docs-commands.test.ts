import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../../lib/common/assets.ts';
import { commandGroups, commands } from '../../../../lib/installer/cli/commands/index.ts';
import { buildProgram } from '../../../../lib/installer/cli/program.ts';

const folder = join(packageRoot(), 'docs');
const lines = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/^ {4}oo-install (.*)$/gm)].map((match) => [name, match[1]!]),
  );

/** Words as a shell makes them of what docs hold: quotes, and nothing else. Stops at a pipe. */
const words = (line: string) =>
  [...line.replace(/ \|.*$/, '').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!);

test('every command line of the docs is one that is understood, and so is every example of the help', async () => {
  const examples = commands.flatMap(({ name, examples: own }) => own.map(([line]) => [name, line]));
  const typed = examples
    .filter(([, line]) => line!.startsWith('oo-install '))
    .map(([name, line]) => [name!, line!.slice('oo-install '.length)]);
  assert.ok(lines.length > 10 && typed.length > 10);
  for (const [where, line] of [...lines, ...typed]) {
    let run = 0;
    const note = async () => void run++;
    const program = buildProgram(commands, commandGroups, { onHosts: note, plain: note }, '1.2.3');
    const quiet = (command: typeof program): void => {
      command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined }).exitOverride();
      command.commands.forEach(quiet);
    };
    quiet(program);
    await program
      .parseAsync(words(line!), { from: 'user' })
      .catch((error: Error) => assert.fail(`${where}: ${line}: ${error.message}`));
    assert.equal(run, 1, `${where}: ${line}`);
  }
});

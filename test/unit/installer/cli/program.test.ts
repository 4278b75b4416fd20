import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandGroups, commands } from '../../../../lib/installer/cli/commands/index.ts';
import { type CommandDefinition, defineCommand, defineHostCommand } from '../../../../lib/installer/cli/define-command.ts';
import { buildProgram } from '../../../../lib/installer/cli/program.ts';

interface Asked {
  readonly command: string;
  readonly args: readonly string[];
  readonly flags: Readonly<Record<string, unknown>>;
}

/** What the command line would do, and what it prints. */
async function parse(
  registry: readonly CommandDefinition[],
  args: readonly string[],
): Promise<{ asked: Asked[]; printed: string }> {
  const asked: Asked[] = [];
  let printed = '';
  const note = async (command: CommandDefinition, given: readonly string[], flags: object): Promise<void> => {
    asked.push({ command: command.name, args: given, flags: { ...flags } });
  };
  const program = buildProgram(registry, commandGroups, { onHosts: note, plain: note }, '1.2.3');
  const output = { writeOut: (text: string) => void (printed += text), writeErr: (text: string) => void (printed += text) };
  const quiet = (command: typeof program): void => {
    command.configureOutput(output);
    command.commands.forEach(quiet);
  };
  quiet(program);
  await program.parseAsync(args, { from: 'user' }).catch((error: { code?: string }) => {
    if (error.code === undefined) throw error;
  });
  return { asked, printed };
}

test('the help of every command shows its examples, and each begins with the command as it is typed', async () => {
  for (const command of commands) {
    const { printed } = await parse(commands, [...command.name.split(' '), '--help']);
    assert.ok(printed.includes(`Usage: oo-install ${command.name} `), printed);
    assert.equal(/^(Options|Hosts|Output):$/m.exec(printed)?.[1], 'Options', 'what is its own comes first');
    for (const [line, explanation] of command.examples) {
      assert.ok(printed.includes(line) && printed.includes(explanation), `${command.name}: ${line}`);
      const typed = command.isDefault === true ? 'oo-install' : `oo-install ${command.name}`;
      assert.ok(line.includes(typed), `${line} does not run ${command.name}`);
      for (const shown of printed.split('\n').filter((text) => text.includes(line) || text.includes(explanation)))
        assert.ok(shown.length <= 80, `${command.name}: wider than a terminal: ${shown}`);
    }
  }
});

test('who only looks is told of no lock', async () => {
  const tells = async (command: string): Promise<boolean> =>
    (await parse(commands, [command, '--help'])).printed.includes('--take-lock');
  for (const command of ['check', 'status', 'logs', 'kubeconfig']) assert.equal(await tells(command), false, command);
  for (const command of ['install', 'stop', 'upgrade', 'uninstall']) assert.equal(await tells(command), true, command);
  const { asked } = await parse(commands, ['check', 'localhost', '--take-lock']);
  assert.equal(asked[0]?.flags['takeLock'], true);
});

test('names of commands are unique, and groups are described', () => {
  assert.equal(new Set(commands.map(({ name }) => name)).size, commands.length);
  const groups = commands.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ')[0]!] : []));
  assert.deepEqual([...new Set(groups)].sort(), Object.keys(commandGroups).sort());
});

test('a host without a command is the default command', async () => {
  const { asked } = await parse(commands, ['localhost', '--dry-run']);
  assert.deepEqual(
    asked.map(({ command, args, flags }) => [command, args, flags['dryRun'], flags['json'], flags['color']]),
    [['install', ['localhost'], true, false, true]],
  );
});

test("a command's own flags are its own, and a short letter of theirs takes the place of a global one", async () => {
  const tail = defineHostCommand({
    name: 'tail',
    summary: 'print lines',
    examples: [['oo-install tail localhost', 'lines']],
    options: [{ flags: '-v, --invert', description: 'others' }],
    needsRoot: () => false,
    run: async () => undefined,
  });
  const make = defineCommand({
    name: 'bundle make',
    summary: 'make a bundle',
    examples: [['oo-install bundle make x', 'x']],
    arguments: [{ name: '<files...>', description: 'files' }],
    run: async () => undefined,
  });
  const first = await parse([tail, make], ['tail', '-v', '--verbose', 'localhost']);
  assert.deepEqual([first.asked[0]?.flags['invert'], first.asked[0]?.flags['verbose']], [true, true]);
  const second = await parse([tail, make], ['bundle', 'make', 'a', 'b']);
  assert.deepEqual([second.asked[0]?.command, second.asked[0]?.args], ['bundle make', ['a', 'b']]);
});

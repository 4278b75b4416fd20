import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';

const prompter = fileURLToPath(new URL('../../lib/installer/cli/terminal-prompter.ts', import.meta.url));
const secrets = fileURLToPath(new URL('../../lib/common/secrets.ts', import.meta.url));

/** A program with a terminal of its own: its standard input is not that terminal. `script` of util-linux makes it. */
function onTerminal(body: string) {
  const program = `
    import { terminalPrompter } from ${JSON.stringify(prompter)};
    import { redact } from ${JSON.stringify(secrets)};
    ${body}`;
  const argv = [process.execPath, '--input-type=module-typescript', '-e', program].map(quoted).join(' ');
  // stty -a at the end shows whether the terminal is as it was.
  const command = `stty -a </dev/tty >/tmp/oo-tty-$$; ${argv} </dev/null; echo "[exit $?]"; stty -a </dev/tty | cmp - /tmp/oo-tty-$$ && echo "[terminal as before]"; rm -f /tmp/oo-tty-$$`;
  const child: ChildProcess = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    /** Resolves with the match. */
    sees: (text: string | RegExp) =>
      eventually(() => {
        const match = new RegExp(typeof text === 'string' ? RegExp.escape(text) : text).exec(output);
        assert.ok(match, output);
        return match;
      }),
    types: (text: string) => void child.stdin!.write(text),
    ends: async () => {
      child.stdin!.end();
      if (child.exitCode === null) await once(child, 'close');
      return output;
    },
  };
}

const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

test('a secret is asked on the terminal, not shown, and redacted from then on', async () => {
  const terminal = onTerminal(`
    const asked = await terminalPrompter().secret('Password of \\u001b[2Jann: ');
    console.log(\`length \${asked.length} \${redact(asked)}\`);`);
  await terminal.sees('Password of ?[2Jann: ');
  terminal.types('hunter22\r');
  await terminal.sees('length 8 [redacted]');
  await terminal.sees('[terminal as before]');
  const output = await terminal.ends();
  assert.ok(!output.includes('hunter22'), output);
  assert.match(output, /\[exit 0\]/);
});

test('questions come one after the other, whoever asks, and the display rests meanwhile', async () => {
  const terminal = onTerminal(`
    const hooks = { pause: () => console.log('<paused>'), resume: () => console.log('<resumed>') };
    const [one, two] = [terminalPrompter(hooks), terminalPrompter(hooks)];
    const answers = await Promise.all([one.secret('First: '), two.confirm('Second?'), one.confirm('Third?')]);
    console.log('answers', answers.join(' '));`);
  await terminal.sees('<paused>');
  await terminal.sees('First: ');
  terminal.types('abcde\r');
  await terminal.sees('Second? [y/N] ');
  terminal.types('perhaps\r');
  await terminal.sees('Please type yes or no: ');
  terminal.types('yes\r');
  await terminal.sees('Third? [y/N] ');
  terminal.types('\r');
  await terminal.sees('answers abcde true false');
  const output = await terminal.ends();
  const order = [...output.matchAll(/<\w+>|First|Second|Third/g)].map(([word]) => word);
  assert.deepEqual(order, [
    '<paused>',
    'First',
    '<resumed>',
    '<paused>',
    'Second',
    '<resumed>',
    '<paused>',
    'Third',
    '<resumed>',
  ]);
});

test('Ctrl-C reaches the signal handlers, ends the question, and leaves the terminal as it was', async () => {
  const terminal = onTerminal(`
    const alive = setInterval(() => undefined, 1_000);
    const signal = new Promise((resolve) => process.once('SIGINT', resolve));
    await terminalPrompter().secret('Password: ').catch((error) => console.log('code', error.code));
    await signal;
    clearInterval(alive);
    console.log('<SIGINT>');`);
  await terminal.sees('Password: ');
  terminal.types('half a pass\u0003');
  await terminal.sees('code ANSWER_INTERRUPTED');
  await terminal.sees('<SIGINT>');
  await terminal.sees('[terminal as before]');
  assert.ok(!(await terminal.ends()).includes('half a pass'));
});

test('a program that is ended while it asks leaves the terminal as it was', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const terminal = onTerminal(`
      console.log(\`process \${process.pid}\`);
      await terminalPrompter().secret('Password: ');`);
    const [, pid] = await terminal.sees(/process (\d+)/);
    await terminal.sees('Password: ');
    process.kill(Number(pid), signal);
    await terminal.sees(/\[exit \d+\]/);
    await terminal.sees('[terminal as before]');
    await terminal.ends();
  }
});

test('a run that is ended by its signal asks nothing more', async () => {
  const terminal = onTerminal(`
    const ending = new AbortController();
    const prompter = terminalPrompter({ signal: ending.signal });
    const open = prompter.secret('Open: ');
    const waiting = prompter.confirm('Waiting?');
    setTimeout(() => ending.abort(), 50);
    for (const { reason } of await Promise.allSettled([open, waiting])) console.log('code', reason.code);`);
  await terminal.sees(/code ANSWER_INTERRUPTED\s+code ANSWER_INTERRUPTED/);
  await terminal.sees('[terminal as before]');
  assert.ok(!(await terminal.ends()).includes('Waiting?'));
});

test('without a terminal every question is refused', async () => {
  const program = `import { terminalPrompter } from ${JSON.stringify(prompter)};
    const asks = terminalPrompter();
    console.log(asks.interactive, await asks.confirm('Go on?').catch((error) => error.code));`;
  const child = spawn('setsid', ['--wait', process.execPath, '--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [bytes] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(bytes.toString().trim(), 'false ANSWER_NEEDED');
});

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { registerSecret } from '../../../../lib/common/secrets.ts';
import type { CallContext } from '../../../../lib/installer/agent/call-context.ts';
import { handlers } from '../../../../lib/installer/agent/handlers.ts';
import { openJournal } from '../../../../lib/installer/agent/journal/journal.ts';
import { removeTree } from '../../../../lib/installer/agent/journal/remove-tree.ts';
import { undoEntry } from '../../../../lib/installer/agent/journal/undo.ts';
import { readPathState } from '../../../../lib/installer/agent/path-state.ts';

/** An agent's surroundings in a folder of its own. */
async function rig() {
  const dir = mkdtempSync(join(tmpdir(), 'oo-journal-'));
  const paths = { optDir: join(dir, 'opt'), stateDir: join(dir, 'state'), runDir: join(dir, 'run') };
  const open = async () => {
    const journal = await openJournal(paths.stateDir);
    const context: CallContext = {
      journal,
      paths,
      change: { phase: 'test-phase', description: 'do it' },
      progress: () => undefined,
      stream: async () => undefined,
      gone: new AbortController().signal,
    };
    const undoAll = async () => {
      const messages: string[] = [];
      for (const entry of journal
        .entries()
        .filter(({ state }) => state !== 'undone')
        .reverse()) {
        const { outcome, message } = await undoEntry(entry, context);
        messages.push(`${outcome}: ${message.replaceAll(dir, '')}`);
      }
      return messages;
    };
    const write = (path: string, content: string, mode = 0o644) => handlers['file.write']({ path, content, mode }, context);
    return { journal, context, undoAll, write };
  };
  const at = (path: string) => join(dir, path);
  return { dir, at, open, [Symbol.asyncDispose]: async () => rmSync(dir, { recursive: true, force: true }) };
}

test('what was made is removed, newest first, and what stood there before is there again', async () => {
  await using r = await rig();
  writeFileSync(r.at('theirs.conf'), 'theirs\n', { mode: 0o600 });
  const { write, undoAll, context } = await r.open();
  await write(r.at('theirs.conf'), 'ours\n', 0o644);
  await write(r.at('new/deep/ours.conf'), 'ours\n');
  await handlers['directory.make']({ path: r.at('tree'), mode: 0o700, tree: true }, context);
  writeFileSync(r.at('tree/what-a-daemon-made'), '');
  assert.equal(statSync(r.at('theirs.conf')).mode & 0o777, 0o644);

  assert.deepEqual(await undoAll(), [
    'undone: /tree and all in it removed',
    'undone: /new/deep/ours.conf removed',
    'undone: /new/deep removed',
    'undone: /new removed',
    'undone: /theirs.conf restored',
  ]);
  assert.equal(readFileSync(r.at('theirs.conf'), 'utf8'), 'theirs\n');
  assert.equal(statSync(r.at('theirs.conf')).mode & 0o777, 0o600);
});

test('what its owner edited, replaced or filled since is kept and told', async () => {
  await using r = await rig();
  const { write, undoAll } = await r.open();
  await write(r.at('a.conf'), 'ours\n');
  await write(r.at('d/b.conf'), 'ours\n');
  await write(r.at('c.conf'), 'ours\n');
  writeFileSync(r.at('a.conf'), 'edited\n');
  writeFileSync(r.at('d/theirs'), '');
  rmSync(r.at('c.conf'));
  symlinkSync('/etc/passwd', r.at('c.conf'));
  assert.deepEqual(await undoAll(), [
    'kept: /c.conf is a link now, which is not what we wrote',
    'undone: /d/b.conf removed',
    'kept: /d holds theirs, which is not ours',
    'kept: /a.conf was edited after we wrote it',
  ]);
  assert.equal(readFileSync(r.at('a.conf'), 'utf8'), 'edited\n');
});

test('a file that we write again and again still goes back to what stood there before us', async () => {
  await using r = await rig();
  writeFileSync(r.at('x'), 'theirs');
  let agent = await r.open();
  for (const content of ['1', '2']) await agent.write(r.at('x'), content);
  // Another run, another process.
  agent = await r.open();
  await agent.write(r.at('x'), '3');
  assert.deepEqual(await agent.write(r.at('x'), '3'), { changed: false });
  assert.equal(agent.journal.entries().length, 1);
  await agent.undoAll();
  assert.equal(readFileSync(r.at('x'), 'utf8'), 'theirs');
});

test('a change that was cut off between its two records is taken back all the same', async () => {
  await using r = await rig();
  const { journal, undoAll } = await r.open();
  writeFileSync(r.at('x'), 'theirs');
  const before = {
    kind: 'file' as const,
    sha256: (await import('node:crypto')).hash('sha256', 'theirs'),
    mode: 0o644,
    uid: 0,
    gid: 0,
    backup: false,
  };
  await journal.begin('p', 'never got to writing', { kind: 'file', path: r.at('x'), before, sha256: 'f'.repeat(64) });
  assert.deepEqual(await undoAll(), ['undone: /x is as it was']);
});

test('a last line that a power cut left half written is dropped, the rest is kept, and numbers go on', async () => {
  await using r = await rig();
  let agent = await r.open();
  await agent.write(r.at('x'), '1');
  appendFileSync(r.at('state/journal.jsonl'), '{"id":2,"time":"2026');
  agent = await r.open();
  assert.equal(agent.journal.entries().length, 1);
  await agent.write(r.at('y'), '1');
  agent = await r.open();
  assert.deepEqual(
    agent.journal.entries().map(({ id, state }) => [id, state]),
    [
      [1, 'done'],
      [2, 'done'],
    ],
  );
});

test('the journal is for root alone and holds no secret', async () => {
  await using r = await rig();
  const { journal, context, write } = await r.open();
  registerSecret('hunter2hunter2');
  await handlers['directory.make'](
    { path: r.at('d'), mode: 0o755, tree: false },
    { ...context, change: { phase: 'p', description: 'with hunter2hunter2' } },
  );
  await write(r.at('x'), '1');
  const text = readFileSync(r.at('state/journal.jsonl'), 'utf8');
  assert.doesNotMatch(text, /hunter2/);
  assert.equal(statSync(r.at('state/journal.jsonl')).mode & 0o777, 0o600);
  assert.equal(statSync(journal.backupDir).mode & 0o777, 0o700);
});

test('a tree is removed without following what links out of it', async () => {
  await using r = await rig();
  mkdirSync(r.at('outside'));
  writeFileSync(r.at('outside/precious'), '');
  mkdirSync(r.at('tree/sub'), { recursive: true });
  symlinkSync(r.at('outside'), r.at('tree/sub/link'));
  await removeTree(r.at('tree'));
  assert.equal(existsSync(r.at('tree')), false);
  assert.equal(existsSync(r.at('outside/precious')), true);
});

test('what an agent that was killed while it wrote left beside a file goes with the next write, or with undoing', async () => {
  await using r = await rig();
  const { write, undoAll } = await r.open();
  writeFileSync(r.at('.x.oo-install'), 'half');
  await write(r.at('x'), 'whole');
  assert.deepEqual([readFileSync(r.at('x'), 'utf8'), existsSync(r.at('.x.oo-install'))], ['whole', false]);
  writeFileSync(r.at('.x.oo-install'), 'half');
  await undoAll();
  assert.deepEqual([existsSync(r.at('x')), existsSync(r.at('.x.oo-install'))], [false, false]);
});

/** Docker's configuration as the agent merged settings into it; no Docker runs here to go by it. */
async function configured(r: Awaited<ReturnType<typeof rig>>, before: string | undefined, ours: string) {
  const { journal, undoAll } = await r.open();
  const path = r.at('daemon.json');
  if (before !== undefined) writeFileSync(path, before);
  const state = await readPathState(path, journal.backupDir);
  const sha256 = hash('sha256', ours);
  writeFileSync(join(journal.backupDir, sha256), ours);
  const subject = { kind: 'docker-config' as const, path, before: state, sha256 };
  const id = await journal.begin('configure-docker', 'merge', subject);
  writeFileSync(path, ours);
  await journal.done(id, subject);
  return { path, undoAll, journal };
}

test("Docker's configuration that nobody edited becomes what it was, to the byte", async () => {
  await using r = await rig();
  const { path, undoAll } = await configured(r, '{ "debug":true }', '{"debug":true,"log-opts":{"max-size":"10m"}}');
  assert.deepEqual(await undoAll(), ['undone: our settings are out of /daemon.json']);
  assert.equal(readFileSync(path, 'utf8'), '{ "debug":true }');
});

test("Docker's configuration that was edited since loses our settings, and keeps the edits", async () => {
  await using r = await rig();
  const { path, undoAll } = await configured(r, undefined, '{"log-opts":{"max-size":"10m"},"debug":true}');
  writeFileSync(path, '{"log-opts":{"max-size":"10m"},"debug":false,"dns":["192.0.2.53"]}');
  assert.deepEqual(await undoAll(), ['kept: /daemon.json: debug was edited after we set it']);
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { debug: false, dns: ['192.0.2.53'] });
});

test('the journal holds no value of a setting', async () => {
  await using r = await rig();
  await configured(r, undefined, '{"log-opts":{"splunk-token":"not-for-the-journal"}}');
  assert.doesNotMatch(readFileSync(r.at('state/journal.jsonl'), 'utf8'), /not-for-the-journal/);
});

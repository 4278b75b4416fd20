import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { CallContext } from '../../../../lib/installer/agent/call-context.ts';
import { handlers } from '../../../../lib/installer/agent/handlers.ts';
import { openJournal } from '../../../../lib/installer/agent/journal/journal.ts';
import { undoEntry } from '../../../../lib/installer/agent/journal/undo.ts';
import { hashOf } from '../../../../lib/installer/artifacts/cache.ts';
import { type TarEntry, writeTar } from '../../../../lib/installer/artifacts/tar-writer.ts';

const file = (path: string, content: string, mode = 0o755): TarEntry => {
  return { path, type: 'file', mode, mtime: 0, content: Buffer.from(content) };
};

/** An agent in a folder of its own, and a build of plugins as upstream packs it. */
async function rig(entries: readonly TarEntry[]) {
  const dir = mkdtempSync(join(tmpdir(), 'oo-programs-'));
  const paths = { optDir: join(dir, 'opt'), stateDir: join(dir, 'state'), runDir: join(dir, 'run') };
  const journal = await openJournal(paths.stateDir);
  const change = { phase: 'install-network', description: 'put the plugins in place' };
  const gone = new AbortController().signal;
  const context: CallContext = { journal, paths, change, progress: () => undefined, stream: async () => undefined, gone };
  const archive = gzipSync(writeTar(entries));
  const path = join(dir, 'build.tgz');
  writeFileSync(path, archive);
  const folder = join(dir, 'bin');
  mkdirSync(folder);
  const params = { name: 'cni-plugins' as const, path, sha256: hashOf(archive), folder, files: [] };
  return {
    at: (name: string) => join(folder, name),
    params,
    journal,
    install: (more: Partial<typeof params> = {}) => handlers['programs.install']({ ...params, ...more }, context),
    undo: async () => undoEntry(journal.entries().at(-1)!, context),
    [Symbol.asyncDispose]: async () => rmSync(dir, { recursive: true, force: true }),
  };
}

const plugins = [file('./README.md', 'text', 0o644), file('./bridge', 'one'), file('./portmap', 'two')];

test('programs are put in place once, and taken away by the journal; what is no program stays out', async () => {
  await using r = await rig(plugins);
  assert.deepEqual(await r.install(), { changed: true });
  assert.equal(readFileSync(r.at('bridge'), 'utf8'), 'one');
  assert.equal(statSync(r.at('portmap')).mode & 0o777, 0o755);
  assert.equal(existsSync(r.at('README.md')), false);
  assert.deepEqual(await r.install(), { changed: false });
  assert.equal(r.journal.entries().length, 1);
  assert.deepEqual(await r.undo(), { outcome: 'undone', message: '2 files of cni-plugins removed' });
  assert.equal(existsSync(r.at('bridge')), false);
});

test('what somebody else put there stops it before anything is written', async () => {
  await using r = await rig(plugins);
  writeFileSync(r.at('portmap'), 'theirs');
  await assert.rejects(r.install(), { code: 'FILE_IN_THE_WAY', message: /portmap is there already/ });
  assert.equal(existsSync(r.at('bridge')), false);
  assert.equal(r.journal.entries().length, 0);
});

test('one that was replaced since is kept and told', async () => {
  await using r = await rig(plugins);
  await r.install();
  writeFileSync(r.at('portmap'), 'theirs');
  assert.deepEqual((await r.undo()).outcome, 'kept');
  assert.equal(readFileSync(r.at('portmap'), 'utf8'), 'theirs');
});

test('a run that was cut off is gone on with: its own files are no obstacle', async () => {
  await using r = await rig(plugins);
  await r.install();
  writeFileSync(r.at('portmap'), 'half');
  assert.deepEqual(await r.install(), { changed: true });
  assert.equal(readFileSync(r.at('portmap'), 'utf8'), 'two');
});

test('an archive that is corrupt, is none, or whose names lead out puts nothing in place', async () => {
  await using r = await rig(plugins);
  await assert.rejects(r.install({ sha256: hashOf('x') }), { code: 'FILE_CORRUPT' });
  writeFileSync(r.params.path, 'no archive');
  await assert.rejects(r.install({ sha256: hashOf('no archive') }), { code: 'BUILD_MALFORMED' });
  await using hostile = await rig([file('docker/..', 'x')]);
  await assert.rejects(hostile.install(), { code: 'BUILD_MALFORMED' });
  await using empty = await rig([file('README.md', 'x', 0o644)]);
  await assert.rejects(empty.install(), { code: 'BUILD_MALFORMED', message: /it holds no program/ });
});

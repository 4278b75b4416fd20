import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import type { RunningCommand } from '../../../../lib/platform/client/pod-exec.ts';
import type { Repository } from '../../../../lib/platform/git/repository.ts';
import { RepositorySizes, sizeOf } from '../../../../lib/platform/git/repository-sizes.ts';

test('a repository is as large as its loose objects, its packs and what was left of broken pushes', () => {
  const output = 'count: 3\nsize: 12\nin-pack: 400\npacks: 1\nsize-pack: 2048\nprune-packable: 0\ngarbage: 1\nsize-garbage: 4\n';
  assert.equal(sizeOf(output), (12 + 2048 + 4) * 1024);
  assert.equal(sizeOf(''), 0);
});

/** A repository of these refs, and nothing in it. */
function repositoryOf(refs: readonly string[]): Repository {
  const run = ([command = '']: readonly string[]): RunningCommand => ({
    stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
    stdout: Readable.from([Buffer.from(command === 'for-each-ref' ? refs.map((ref) => `${ref}\n`).join('') : 'size-pack: 0\n')]),
    stderr: Readable.from([]),
    exit: Promise.resolve(0),
  });
  return { config: { metadata: { uid: refs.length.toString() } }, run } as unknown as Repository;
}

test('a repository whose refs have names that fill the memory of who tells of them is full; as many short ones have room', async () => {
  const sizes = new RepositorySizes();
  const refs = (name: string): string[] => Array.from({ length: 1500 }, (_each, i) => `refs/heads/${name}${i}`);
  assert.equal(await sizes.room(repositoryOf(refs('x'.repeat(3000)))), 1);
  sizes.changed(repositoryOf(refs('')));
  assert.equal(await sizes.room(repositoryOf(refs('x'))), (1 << 30) - 1500 * 4096);
});

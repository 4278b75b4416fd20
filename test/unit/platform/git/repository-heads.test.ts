import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import type { ReceivedRef } from '../../../../lib/platform/git/received-refs.ts';
import type { Repository } from '../../../../lib/platform/git/repository.ts';
import { RepositoryHeads } from '../../../../lib/platform/git/repository-heads.ts';

/** A repository whose git says these things in turn, and what it was asked. */
function repositoryThat(said: string[], ref?: string) {
  const asked: string[] = [];
  const repository = {
    config: { metadata: { uid: '1' }, spec: { source: { git: { ref } } } },
    run: (args: readonly string[]) => {
      asked.push(args[0]!);
      const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
      return { stdin: nothing, stdout: Readable.from([said.shift() ?? '']), stderr: Readable.from([]), exit: Promise.resolve(0) };
    },
  } as unknown as Repository;
  return { repository, asked };
}

const pushed = (branch: string, commit: string | undefined = 'abc'): ReceivedRef[] => [{ ref: `refs/heads/${branch}`, commit }];

test('the first push makes its branch the one that is built, and later ones ask nobody', async () => {
  const heads = new RepositoryHeads();
  const { repository, asked } = repositoryThat(['', '']);
  assert.equal(await heads.builtBranch(repository, pushed('main')), 'main');
  assert.deepEqual(asked, ['rev-parse', 'symbolic-ref']);
  assert.equal(await heads.builtBranch(repository, pushed('other')), 'main');
  assert.equal(asked.length, 2);
});

test('a branch that is deleted is asked about again', async () => {
  const heads = new RepositoryHeads();
  const { repository, asked } = repositoryThat(['refs/heads/main\n', '', 'main\n']);
  assert.equal(await heads.builtBranch(repository, pushed('main')), 'main');
  assert.equal(await heads.builtBranch(repository, [{ ref: 'refs/heads/main', commit: undefined }]), 'main');
  assert.deepEqual(asked, ['rev-parse', 'rev-parse', 'symbolic-ref']);
});

test('what the build config names is built, whatever HEAD is', async () => {
  const heads = new RepositoryHeads();
  const { repository, asked } = repositoryThat(['', '', ''], 'stable');
  assert.equal(await heads.builtBranch(repository, pushed('main')), 'stable');
  // HEAD names a branch that nobody has pushed yet.
  assert.equal(await heads.builtBranch(repository, pushed('stable')), 'stable');
  assert.equal(await heads.builtBranch(repository, pushed('stable')), 'stable');
  assert.deepEqual(asked, ['rev-parse', 'symbolic-ref', 'rev-parse', 'symbolic-ref']);
});

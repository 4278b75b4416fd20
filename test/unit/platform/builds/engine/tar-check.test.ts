import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { extract, type Headers, pack } from 'tar-stream';
import type { Readable } from 'node:stream';
import { openArchive } from '../../../../../lib/platform/builds/engine/source/archive.ts';
import { copyEntries } from '../../../../../lib/platform/builds/engine/tar-check.ts';

type Entry = Partial<Headers> & { readonly name: string };

function tarOf(...entries: Entry[]): Readable {
  const tar = pack();
  for (const entry of entries) tar.entry(entry as Headers, entry.type === undefined || entry.type === 'file' ? 'content' : '');
  tar.finalize();
  return tar as unknown as Readable;
}

async function copied(...entries: Entry[]): Promise<string[]> {
  const archive = openArchive();
  const reader = extract();
  const seen: string[] = [];
  reader.on('entry', (header, content, next) => {
    const index = seen.push('') - 1;
    void text(content as unknown as Readable).then((body) => {
      seen[index] = `${header.type} ${header.name} ${header.linkname ?? ''}${body}`;
    });
    content.on('end', () => next());
  });
  archive.stream.pipe(reader);
  const done = new Promise<void>((resolve) => reader.on('finish', resolve));
  const options = {
    prefix: 'src/',
    keep: (name: string) => !name.startsWith('left'),
    refuse: (problem: string) => new Error(problem),
  };
  await copyEntries(tarOf(...entries), archive, options);
  archive.end();
  await done;
  return seen;
}

test('entries go below their prefix, with links as they are', async () => {
  assert.deepEqual(
    await copied(
      { name: './a/' , type: 'directory' },
      { name: './a//b' },
      { name: 'left-out' },
      { name: 'l', type: 'symlink', linkname: '../../etc' },
      { name: 'h', type: 'link', linkname: './a/b' },
    ),
    ['directory src/a ', 'file src/a/b content', 'symlink src/l ../../etc', 'link src/h src/a/b'],
  ); // prettier-ignore
});

for (const [entry, problem] of [
  [{ name: '../x' }, 'entry "../x" leads out of the archive'],
  [{ name: 'a/../../x' }, 'entry "a/../../x" leads out of the archive'],
  [{ name: '/etc/passwd' }, 'entry "/etc/passwd" has an absolute name'],
  [{ name: 'd', type: 'block-device' }, 'entry "d" is a block device'],
  [{ name: 'd', type: 'character-device' }, 'entry "d" is a character device'],
  [{ name: 'p', type: 'fifo' }, 'entry "p" is a fifo'],
  [{ name: 'h', type: 'link', linkname: '../../etc/shadow' }, 'entry "h" is a link out of the archive'],
  [{ name: 'h', type: 'link', linkname: '/etc/shadow' }, 'entry "h" is a link out of the archive'],
] as [Entry, string][])
  test(`refused: ${problem}`, async () => {
    await assert.rejects(copied({ name: 'fine' }, entry), { message: problem });
  });

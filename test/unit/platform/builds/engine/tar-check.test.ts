import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { extract, type Headers, pack } from 'tar-stream';
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

test('what is said of an entry has an end: a header of gigabytes is not waited for', async () => {
  const header = tarOf({ name: 'pax', pax: { comment: 'x' } } as Entry).read(512) as Buffer;
  // Its size, in octal, and the checksum that fits.
  header.write(`${(8 * 2 ** 30 - 1).toString(8)}\0`, 124);
  header.fill(' ', 148, 156);
  header.write(
    `${[...header]
      .reduce((sum, byte) => sum + byte)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  let sent = 0;
  const bomb = function* (): Generator<Buffer> {
    yield header;
    for (; sent < 64 << 20; sent += 1 << 16) yield Buffer.alloc(1 << 16, 'x');
  };
  const archive = openArchive();
  await assert.rejects(
    copyEntries(Readable.from(bomb()), archive, { refuse: (problem) => new Error(problem) }),
    /what is said of one entry is longer than 4194304 bytes/,
  );
  assert.ok(sent < 8 << 20, `${sent} bytes were read`);
});

test('an entry may be larger than what is said of it', async () => {
  const tar = pack();
  tar.entry({ name: 'large', size: 16 << 20 }, Buffer.alloc(16 << 20));
  tar.entry({ name: 'next' }, 'content');
  tar.finalize();
  const archive = openArchive();
  const read = buffer(archive.stream);
  await copyEntries(tar as unknown as Readable, archive, { refuse: (problem) => new Error(problem) });
  archive.end();
  assert.ok((await read).length > 16 << 20);
});

import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { decodeQR } from 'qr/decode.js';
import { encodeQR } from 'qr';
import { handoutOf, wantedAttendees } from '../../../../../lib/installer/lab/handout/handout.ts';
import { renderCsv } from '../../../../../lib/installer/lab/handout/render-csv.ts';
import { renderHtml } from '../../../../../lib/installer/lab/handout/render-html.ts';
import { writeHandout } from '../../../../../lib/installer/lab/handout/write-handout.ts';
import { sampleAccess, sampleHandout, sampleHost, sampleSheet } from '../../../../support/lab/sample-handout.ts';

test('a sheet says how to log in, with the port that is not the usual one', () => {
  const html = renderHtml(sampleHandout({ sheets: [sampleSheet('ana', 1), sampleSheet('ben', 1, { sshPort: 22 })] }));
  assert.match(html, /<pre>ssh -i ana\.key -p 20000 ana@127\.0\.0\.1<\/pre>/);
  assert.match(html, /<pre>ssh -i ben\.key ben@127\.0\.0\.1<\/pre>/);
  assert.match(html, /open until 26 Nov 2026, 17:00 UTC/);
  assert.equal(html.match(/<section /g)?.length, 2);
});

test('whoever brought a key gets none', () => {
  const html = renderHtml(sampleHandout({ sheets: [{ ...sampleSheet('ana', 1), privateKey: undefined }] }));
  assert.match(html, /<pre>ssh -p 20000 ana@127\.0\.0\.1<\/pre>/);
  assert.match(html, /Log in with the key that you brought/);
  assert.doesNotMatch(html, /PRIVATE KEY|data:application/);
});

test('the code is that of the guide, and can be read', () => {
  const href = 'https://example.org/first-steps?a=1&b=2';
  const html = renderHtml(sampleHandout({ guides: [{ title: 'first steps', href, file: undefined }] }));
  const shown = /src="data:image\/svg\+xml;base64,([A-Za-z0-9+/=]+)"/.exec(html)![1]!;
  assert.equal(Buffer.from(shown, 'base64').toString(), encodeQR(href, 'svg', { border: 1 }));
  const bits = encodeQR(href, 'raw', { border: 4, scale: 4 });
  const data = Uint8Array.from(bits.flatMap((row) => row.flatMap((dark) => (dark ? [0, 0, 0] : [255, 255, 255]))));
  assert.equal(decodeQR({ width: bits[0]!.length, height: bits.length, data }), href);
});

test('nothing that a file or a server says becomes markup', () => {
  const evil = `"><script>alert(1)</script>' onload='x {{lab}}`;
  const html = renderHtml(
    sampleHandout({
      lab: evil,
      guides: [{ title: evil, href: evil, file: undefined }],
      sheets: [{ ...sampleSheet('ana', 1), privateKey: evil, hosts: [{ ...sampleHost('ana', 1), api: evil, hostKeys: [evil] }] }],
    }),
  );
  assert.doesNotMatch(html, /<script/);
  assert.doesNotMatch(html, /onload='/);
  assert.match(html, /\{\{lab\}\}/);
});

test('the table keeps its cells apart, and is no program for a spreadsheet', () => {
  const csv = renderCsv(
    sampleHandout({
      sheets: [{ ...sampleSheet('ana', 1), hosts: [{ ...sampleHost('ana', 1), name: '=1+1', address: 'a,"b"\nc' }] }],
    }),
  );
  assert.match(
    csv,
    /^attendee,host,login,address,ssh_port,api,host_keys,key_file,guides,expires,aws_file,aws_role,aws_expires\r\n/,
  );
  assert.ok(csv.includes(`ana,'=1+1,ana,"a,""b""\nc",20000,`), csv);
  assert.doesNotMatch(csv, /PRIVATE/);
});

test('the folder is its owner’s alone, and an old handout of the same lab is replaced', async () => {
  await using folder = await scratch();
  const guide = join(folder.path, 'steps.md');
  await writeFile(guide, '# Steps\n');
  const target = join(folder.path, 'handout');
  const guides = [{ title: 'steps.md', href: 'guides/steps.md', file: guide }];
  await writeHandout(sampleHandout({ sheets: [sampleSheet('gone', 1)] }), target);
  await writeHandout(sampleHandout({ guides }), target);
  const names = await readdir(target);
  assert.deepEqual(names.toSorted(), ['ana.html', 'ana.key', 'guides', 'handout.csv', 'handout.json', 'index.html']);
  assert.equal((await stat(target)).mode & 0o777, 0o700);
  for (const name of names.filter((each) => each !== 'guides'))
    assert.equal((await stat(join(target, name))).mode & 0o777, 0o600, name);
  assert.equal(await readFile(join(target, 'guides', 'steps.md'), 'utf8'), '# Steps\n');
  assert.doesNotMatch(await readFile(join(target, 'handout.json'), 'utf8'), /PRIVATE/);
  assert.deepEqual((await readdir(folder.path)).toSorted(), ['handout', 'steps.md']);
});

test('access to AWS is on the sheet and in a file of the attendee, and in no table', async () => {
  await using folder = await scratch();
  const link = {
    url: 'https://signin.aws.amazon.com/federation?Action=login&SigninToken=t0ken',
    until: '2026-11-26T09:15:00.000Z',
  };
  const access = { ...sampleAccess, console: link, note: 'a note' };
  const handout = sampleHandout({ sheets: [{ ...sampleSheet('ana', 1), access }, sampleSheet('ben', 1)] });
  await writeHandout(handout, join(folder.path, 'handout'));
  const read = (name: string) => readFile(join(folder.path, 'handout', name), 'utf8');
  assert.equal(await read('ana.aws'), sampleAccess.exports);
  assert.equal((await stat(join(folder.path, 'handout', 'ana.aws'))).mode & 0o777, 0o600);
  const page = await read('ana.html');
  assert.match(page, /AWS, until 26 Nov 2026, 17:00 UTC: save <code>ana\.aws<\/code>, then <code>\. \.\/ana\.aws<\/code>/);
  assert.match(page, /<pre class="access">export AWS_ACCESS_KEY_ID&#x3D;&#x27;ASIAEXAMPLEEXAMPLE00&#x27;\n/);
  assert.match(page, /href="https:\/\/signin\.aws\.amazon\.com\/federation\?Action&#x3D;login&amp;SigninToken&#x3D;t0ken"/);
  assert.ok((await read('index.html')).includes('ana.aws'));
  const others = [await read('ben.html'), await read('handout.csv'), await read('handout.json')];
  for (const text of others) assert.doesNotMatch(text, /ASIAEXAMPLE|s3cr\+t|IQoJb3JpZ2lu|t0ken/);
  assert.match(others[1]!, /^ana,.*,ana\.aws,arn:aws:iam::123456789012:role\/[\w-]+,2026-11-26T17:00:00\.000Z\r$/m);
  assert.match(others[1]!, /^ben,.*,,,\r$/m);
  const [ana, ben] = (JSON.parse(others[2]!) as { sheets: { access?: object }[] }).sheets;
  assert.deepEqual(ana?.access, { file: 'ana.aws', role: access.role, expires: access.expires, note: 'a note' });
  assert.equal(ben?.access, undefined);
});

test('values of the provider are words of the shell, whatever is in them', async () => {
  const environment = { AWS_SESSION_TOKEN: `a'; touch /pwned; '$(id)` };
  const given = [{ attendee: 'ana', environment, role: 'r', expires: '2026-11-26T17:00:00Z' }];
  const lab = { name: 'class', attendees: [{ name: 'ana' }], guides: [] };
  const attendees = [{ name: 'ana', cohort: 0, key: { publicKey: '' } }];
  const context = { lab, state: { id: 'abc', expires: '', attendees } } as unknown as Parameters<typeof handoutOf>[0];
  const { sheets } = await handoutOf(context, [], ['ana'], given);
  assert.equal(sheets[0]?.access?.exports, `export AWS_SESSION_TOKEN='a'\\''; touch /pwned; '\\''$(id)'\n`);
});

test('what is no handout of this lab is left alone', async () => {
  await using folder = await scratch();
  const file = join(folder.path, 'mine');
  await writeFile(file, 'precious');
  await assert.rejects(writeHandout(sampleHandout(), file), { code: 'HANDOUT_FOLDER_TAKEN' });
  await assert.rejects(writeHandout(sampleHandout(), folder.path), { code: 'HANDOUT_FOLDER_TAKEN' });
  await writeHandout(sampleHandout({ id: '000000000000' }), join(folder.path, 'other'));
  await assert.rejects(writeHandout(sampleHandout(), join(folder.path, 'other')), { code: 'HANDOUT_FOLDER_TAKEN' });
  await assert.rejects(writeHandout(sampleHandout(), join(folder.path, 'nowhere', 'handout')), { code: 'HANDOUT_UNWRITABLE' });
  assert.equal(await readFile(file, 'utf8'), 'precious');
  assert.deepEqual((await readdir(folder.path)).toSorted(), ['mine', 'other']);
});

test('a host without an address, an unknown attendee and a key that is gone are named', async () => {
  const host = {
    name: 'ana-1',
    attendee: 'ana',
    state: 'running',
    id: 'i-1',
    ssh: undefined,
    public: { address: '127.0.0.1', sshPort: 20_000, apiPort: 20_001 },
    hostKeys: [],
    boot: 'done',
  } as const;
  const context = {
    lab: { name: 'class', attendees: [{ name: 'ana' }], guides: ['/labs/steps.md', 'https://example.org/x'] },
    state: {
      id: 'abc',
      expires: '2026-11-26T17:00:00Z',
      attendees: [{ name: 'ana', cohort: 0, key: { publicKey: '', privateKeyFile: '/nowhere/ana' } }],
    },
  } as unknown as Parameters<typeof handoutOf>[0];
  await assert.rejects(handoutOf(context, [{ ...host, public: undefined }], ['ana']), {
    code: 'HANDOUT_TOO_EARLY',
    message: /^ana-1: /,
  });
  assert.throws(() => wantedAttendees(context, 'eve'), {
    code: 'HANDOUT_NO_ATTENDEE',
    message: '"eve" is no attendee; they are ana',
  });
  assert.deepEqual(wantedAttendees(context), ['ana']);
  await assert.rejects(handoutOf(context, [host], ['ana']), {
    code: 'HANDOUT_KEY_UNREADABLE',
    message: /of ana cannot be read: ENOENT/,
  });
});

async function scratch(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'handout-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

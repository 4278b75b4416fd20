import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imageRecipe, readRecipe } from '../../../../lib/installer/artifacts/images/image-recipe.ts';
import { buildLayer } from '../../../../lib/installer/artifacts/images/layer-builder.ts';
import type { WholePackage } from '../../../../lib/installer/artifacts/images/package-tree.ts';
import { platformImageNames } from '../../../../lib/installer/artifacts/images/platform-image-names.ts';
import { readTar, type TarMember } from '../../../../lib/installer/artifacts/tar-reader.ts';

const member = (path: string, more: Partial<TarMember> = {}): TarMember => ({
  path,
  type: 'file',
  mode: 0o644,
  mtime: 1_000,
  content: Buffer.from(path),
  linkTarget: '',
  ...more,
});
const whole = (name: string, ...members: TarMember[]): WholePackage => {
  return { name, version: '1.2-3', architecture: 'amd64', members: async () => members };
};

async function layer(packages: WholePackage[], more: object = {}): Promise<Map<string, TarMember>> {
  const config = { entrypoint: [], cmd: [], user: '1001:0', env: [] };
  const parsed = imageRecipe.parse({ reference: 'x:y', description: '', layers: [{ name: 'x', ...more }], config });
  const { tar } = await buildLayer('x:y', parsed.layers[0]!, async () => [], packages);
  return new Map([...readTar(tar)].map((entry) => [entry.path, entry]));
}

test('a package is there with its licence and its record, without manuals, and nothing in it is setuid', async () => {
  const files = await layer([
    whole(
      'tool',
      member('usr/bin/tool', { mode: 0o4755 }),
      member('usr/share/doc/tool/copyright'),
      member('usr/share/doc/tool/changelog.gz'),
      member('usr/share/man/man1/tool.1.gz'),
      member('dev/null', { type: 'other' }),
    ),
  ]);
  assert.equal(files.get('usr/bin/tool')?.mode, 0o755);
  assert.match(String(files.get('var/lib/dpkg/status.d/tool')?.content), /^Package: tool\n.*\nVersion: 1\.2-3\n$/s);
  assert.ok(files.has('usr/share/doc/tool/copyright'));
  for (const path of ['usr/share/doc/tool/changelog.gz', 'usr/share/man/man1/tool.1.gz', 'dev/null'])
    assert.equal(files.has(path), false);
});

test('what stands in /lib is put where the link of base-files leads', async () => {
  const link = member('lib', { type: 'symlink', linkTarget: 'usr/lib' });
  const files = await layer([
    whole('base-files', link),
    whole(
      'old',
      member('lib', { type: 'directory' }),
      member('lib/old.so'),
      member('lib/same.so', { type: 'hardlink', linkTarget: 'lib/old.so' }),
    ),
  ]);
  assert.equal(files.get('lib')?.linkTarget, 'usr/lib');
  assert.equal(String(files.get('usr/lib/old.so')?.content), 'lib/old.so');
  assert.deepEqual(
    [files.get('usr/lib/same.so')?.type, files.get('usr/lib/same.so')?.linkTarget],
    ['hardlink', 'usr/lib/old.so'],
  );
});

test('hard links come after what they link to, long links are read whole', async () => {
  const target = `../${'deep/'.repeat(15)}end`;
  const files = await layer([
    whole(
      'git',
      member('a', { type: 'hardlink', linkTarget: 'z' }),
      member('z'),
      member('l', { type: 'symlink', linkTarget: target }),
    ),
  ]);
  const order = [...files.keys()];
  assert.ok(order.indexOf('a') > order.indexOf('z'));
  assert.equal(files.get('l')?.linkTarget, target);
});

test('two packages that differ in one file are refused, and agree in a folder', async () => {
  const one = whole('one', member('etc', { type: 'directory' }), member('etc/x'));
  await layer([one, whole('two', member('etc', { type: 'directory' }), member('etc/x'))]);
  await assert.rejects(layer([one, whole('two', member('etc/x', { content: Buffer.from('else') }))]), {
    code: 'RECIPE_FILE_TWICE',
    message: /packages one and two both hold etc\/x/,
  });
});

test('certificates are one file, in the order of their names', async () => {
  const from = 'usr/share/ca-certificates';
  const authorities = whole(
    'ca',
    member(`${from}/b.crt`, { content: Buffer.from('B\n\n') }),
    member(`${from}/a.crt`, { content: Buffer.from('A') }),
  );
  const files = await layer([authorities], { certificates: { from, path: 'etc/ssl/all.crt' } });
  assert.equal(String(files.get('etc/ssl/all.crt')?.content), 'A\nB\n');
});

test('a program that a package brings is not covered by a link of the recipe', async () => {
  const links = { directory: 'usr/bin', target: 'busybox', names: ['tar', 'cat'] };
  const files = await layer([whole('tar', member('usr/bin/tar'))], { links });
  assert.deepEqual([files.get('usr/bin/tar')?.type, files.get('usr/bin/cat')?.type], ['file', 'symlink']);
});

test('every platform image has a recipe of its name, stands on the shared base and runs as nobody of importance', async () => {
  const base = (await readRecipe('registry')).layers[0];
  for (const name of platformImageNames) {
    const recipe = await readRecipe(name);
    assert.equal(recipe.reference, `openshift/${name}:latest`);
    assert.deepEqual(recipe.layers[0], base);
    assert.match(recipe.config.user, /^1001(:0)?$/);
    assert.equal(recipe.config.labels['io.openshift.oo-install.recipe'], name);
  }
});

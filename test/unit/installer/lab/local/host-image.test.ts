import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { buildIdsProblem } from '../../../../../lib/installer/lab/local/image/build-ids.ts';
import { buildTree } from '../../../../../lib/installer/lab/local/image/build-tree.ts';
import { hostImage, hostRecipe } from '../../../../../lib/installer/lab/local/image/host-image.ts';
import { recipeHash, treeArguments } from '../../../../../lib/installer/lab/local/image/system-recipe.ts';

test('an image is named by its recipe alone: the same everywhere, another for each release', () => {
  assert.match(hostImage('bookworm'), /^oo-install\/lab-host:bookworm-[0-9a-f]{12}$/);
  assert.notEqual(hostImage('bookworm').slice(-12), hostImage('trixie').slice(-12));
  const recipe = hostRecipe('bookworm');
  const more = { ...recipe, packages: [...recipe.packages, 'tmux'] };
  assert.notEqual(recipeHash(treeArguments(recipe, [])), recipeHash(treeArguments(more, [])));
});

test('Docker is in it by the name that the release has for it, and cloud-init has one data source', () => {
  assert.ok(!hostRecipe('bookworm').packages.includes('docker-cli'));
  assert.ok(hostRecipe('trixie').packages.includes('docker-cli'));
  assert.match(hostRecipe('bookworm').files['/etc/cloud/cloud.cfg.d/90-lab.cfg']!, /^datasource_list: \[NoCloud\]$/m);
});

test(
  'a build that fails is told with the errors of mmdebstrap',
  { skip: process.platform !== 'linux' && 'Linux only' },
  async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      const { ended, tar } = buildTree(['bookworm', '-', '-'], []);
      await Promise.all([assert.rejects(ended, /ENOENT/), text(tar).catch(() => '')]);
    } finally {
      process.env['PATH'] = path;
    }
  },
);

test('who is not root and has no range of user ids is told how to get one before anything is made', async () => {
  const root = mkdtempSync(join(tmpdir(), 'oo-test-'));
  const path = process.env['PATH'];
  const ana = { uid: 1000, username: 'ana' };
  const give = (line: string) => ['subuid', 'subgid'].forEach((file) => writeFileSync(join(root, 'etc', file), line));
  try {
    mkdirSync(join(root, 'etc'));
    process.env['PATH'] = root;
    assert.equal(await buildIdsProblem({ uid: 0, username: 'root' }, root), undefined);
    assert.match((await buildIdsProblem(ana, root))!.hint!, /uidmap.*--add-subuids 100000-165535 .* ana;/);
    writeFileSync(join(root, 'newuidmap'), '');
    for (const line of ['ben:100000:65536\n', 'ana:100000:1000\n']) {
      give(line);
      assert.equal((await buildIdsProblem(ana, root))?.code, 'LAB_IMAGE_NEEDS_IDS', line);
    }
    for (const line of ['ana:100000:65536\n', '1000:100000:65536\n']) {
      give(line);
      assert.equal(await buildIdsProblem(ana, root), undefined, line);
    }
    rmSync(join(root, 'newuidmap'));
    assert.equal((await buildIdsProblem(ana, root))?.code, 'LAB_IMAGE_NEEDS_IDS');
    writeFileSync(join(root, 'fakechroot'), '');
    assert.equal(await buildIdsProblem(ana, root), undefined);
  } finally {
    process.env['PATH'] = path;
    rmSync(root, { recursive: true });
  }
});

/** Programs that are found before those of the machine, while `work` is done. */
async function withProgram(name: string, text: string, work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'oo-tree-'));
  const path = process.env['PATH'];
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  process.env['PATH'] = `${folder}:${path}`;
  try {
    await work(folder);
  } finally {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  }
}

test('an archive has begun with its first byte, however long that takes, and is whole for who reads it then', async () => {
  const slow = 'until [ -e "${0%/*}/go" ]; do sleep 0.01; done; printf archive';
  await withProgram('mmdebstrap', slow, async (folder) => {
    const { begun, ended, tar } = buildTree(['bookworm', '-', '-'], []);
    let is = false;
    const waiting = begun.then(() => (is = true));
    for (let i = 0; i < 10; i++) await turn();
    assert.equal(is, false);
    writeFileSync(join(folder, 'go'), '');
    await waiting;
    assert.equal(await text(tar), 'archive');
    await ended;
  });
});

test('one that never comes has not begun', async () => {
  await withProgram('mmdebstrap', 'echo "E: no mirror" >&2; exit 3', async () => {
    const { begun, ended } = buildTree(['bookworm', '-', '-'], []);
    await Promise.all([assert.rejects(begun, /wrote no archive/), assert.rejects(ended, /E: no mirror/)]);
  });
});

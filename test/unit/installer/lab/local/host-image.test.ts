import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
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

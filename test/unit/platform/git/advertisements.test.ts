import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Advertisements } from '../../../../lib/platform/git/advertisements.ts';
import type { Repository } from '../../../../lib/platform/git/repository.ts';

const repository = (uid: string) => ({ config: { metadata: { uid } } }) as unknown as Repository;
const shop = repository('1');

/** A git that says these things in turn; how often it was asked. */
function answers(...said: string[]) {
  let asked = 0;
  return { ask: () => Promise.resolve(Buffer.from(said[asked++]!)), asked: () => asked };
}

test('what git can do is asked for once, the refs once for each repository and push', async () => {
  const known = new Advertisements();
  const git = answers('able', 'refs of shop', 'refs of site', 'refs after a push');
  for (let n = 0; n < 2; n++) {
    assert.equal(String(await known.capabilities(git.ask)), 'able');
    assert.equal(String(await known.refs(shop, git.ask)), 'refs of shop');
    assert.equal(String(await known.refs(repository('2'), git.ask)), 'refs of site');
  }
  known.changed(shop);
  assert.equal(String(await known.refs(shop, git.ask)), 'refs after a push');
  assert.equal(git.asked(), 4);
});

test('what was asked for while somebody pushed is told once and not remembered', async () => {
  const known = new Advertisements();
  const git = answers('old', 'new');
  const old = known.refs(shop, async () => {
    const refs = await git.ask();
    known.changed(shop);
    return refs;
  });
  assert.equal(String(await old), 'old');
  assert.equal(String(await known.refs(shop, git.ask)), 'new');
});

test('a failure, refs that are many, and those of a repository whose git was lost sight of are not remembered', async () => {
  const known = new Advertisements();
  const failing = (): Promise<Buffer> => Promise.reject(new Error('no pod'));
  await assert.rejects(known.capabilities(failing), /no pod/);
  await assert.rejects(known.refs(shop, failing), /no pod/);
  const many = 'x'.repeat(20_000);
  const git = answers('able', many, 'few', 'again', 'and again');
  assert.equal(String(await known.capabilities(git.ask)), 'able');
  assert.equal(String(await known.refs(shop, git.ask)), many);
  assert.equal(String(await known.refs(shop, git.ask)), 'few');
  known.changed(shop, true);
  for (const refs of ['again', 'and again']) assert.equal(String(await known.refs(shop, git.ask)), refs);
});

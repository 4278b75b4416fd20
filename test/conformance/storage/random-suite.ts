import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Backend, CompactedError } from '../../../lib/platform/storage/backend.ts';
import { bytes, Follower, type OpenFixture, text } from './backend-fixture.ts';

/** What a store must hold, said as plainly as possible: every write ever made, in a list. */
class Model {
  readonly writes: { key: string; value: string | undefined; createRevision: number }[] = [];
  compacted = 0;

  get revision(): number {
    return this.writes.length + 1;
  }

  at(revision: number): Map<string, { value: string; revision: number; createRevision: number }> {
    const state = new Map<string, { value: string; revision: number; createRevision: number }>();
    for (const [i, { key, value, createRevision }] of this.writes.slice(0, revision - 1).entries()) {
      state.delete(key);
      if (value !== undefined) state.set(key, { value, revision: i + 2, createRevision });
    }
    return state;
  }

  write(key: string, value: string | undefined, expected: number | undefined): boolean {
    const current = this.at(this.revision).get(key);
    if (current?.revision !== expected) return false;
    this.writes.push({ key, value, createRevision: current?.createRevision ?? this.revision + 1 });
    return true;
  }

  list(prefix: string, after: string | undefined, revision: number): string[] {
    return [...this.at(revision)]
      .filter(([key]) => key.startsWith(prefix) && (after === undefined || key > after))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${key}=${item.value}@${item.revision}/${item.createRevision}`);
  }
}

/** A small generator with a seed (mulberry32), so that a failure can be run again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const prefixes = ['/', '/a', '/a/', '/b/', '/a/1', '/zz'];

/** Random operations against the model. OO_TEST_SEED runs one seed again. */
export function randomSuite(open: OpenFixture): void {
  const given = process.env['OO_TEST_SEED'];
  const seeds = given === undefined ? Array.from({ length: 4 }, () => Math.floor(Math.random() * 2 ** 31)) : [Number(given)];
  for (const seed of seeds) {
    test(`random operations agree with a model (OO_TEST_SEED=${seed})`, async () => {
      await using fixture = await open();
      await compareWithModel(fixture.backend, random(seed));
    });
  }
}

async function compareWithModel(backend: Backend, below: (n: number) => number): Promise<void> {
  const model = new Model();
  const followers: { from: number; prefix: string; follower: Follower }[] = [];
  const key = (): string => `/${'ab'[below(2)]}/${below(12)}`;
  for (let step = 0; step < 250; step++) {
    const kind = below(20);
    if (kind < 13) await writeBoth(backend, model, key(), below, step);
    else if (kind < 17) await listBoth(backend, model, below);
    else if (kind === 17) {
      const revision = 1 + below(model.revision);
      // A watch that is behind may be ended by a compaction, also one that began before: its reader lists again.
      await Promise.all(
        followers.filter(({ from }) => from <= model.revision).map(({ follower }) => follower.reached(model.revision)),
      );
      await backend.compact(revision);
      model.compacted = Math.max(model.compacted, revision);
    } else {
      const prefix = prefixes[below(prefixes.length)]!;
      const from = Math.max(model.compacted, 2) + below(model.revision - Math.max(model.compacted, 2) + 3);
      followers.push({ from, prefix, follower: new Follower(backend, prefix, from) });
    }
  }
  for (const { from, prefix, follower } of followers) {
    if (from > model.revision) continue;
    await follower.reached(model.revision);
    const expected = model.writes
      .map((write, i) => ({ ...write, revision: i + 2 }))
      .filter((write) => write.revision >= from && write.key.startsWith(prefix));
    assert.deepEqual(
      follower.events.map((event) => [
        event.key,
        event.revision,
        event.type === 'put' ? text(event.value) : undefined,
        event.createRevision,
      ]),
      expected.map((write) => [write.key, write.revision, write.value, write.createRevision]),
    );
    for (const event of follower.events) {
      const before = model.at(event.revision - 1).get(event.key);
      assert.deepEqual([text(event.previous?.value), event.previous?.revision], [before?.value, before?.revision]);
    }
  }
  await Promise.all(followers.map(({ follower }) => follower.stop()));
}

async function writeBoth(backend: Backend, model: Model, key: string, below: (n: number) => number, step: number): Promise<void> {
  const current = model.at(model.revision).get(key)?.revision;
  const expected = below(8) === 0 ? below(model.revision + 2) : (current ?? 0);
  const value = `v${step}${'x'.repeat(below(3) * 50)}`;
  const kind = current === undefined && below(10) > 0 ? 0 : 1 + below(2);
  const result = await [
    () => backend.create(key, bytes(value)),
    () => backend.update(key, bytes(value), expected),
    () => backend.delete(key, expected),
  ][kind]!();
  const wanted = kind === 0 ? undefined : expected;
  const ok = model.write(key, kind === 2 ? undefined : value, wanted);
  assert.equal(result.ok, ok, `step ${step}: ${['create', 'update', 'delete'][kind]} ${key} at ${wanted}`);
  if (result.ok) assert.equal(result.revision, model.revision);
  else assert.equal(result.current?.revision, current);
}

async function listBoth(backend: Backend, model: Model, below: (n: number) => number): Promise<void> {
  const prefix = prefixes[below(prefixes.length)]!;
  const after = below(2) === 0 ? undefined : `/${'ab'[below(2)]}/${below(12)}`;
  const revision = below(2) === 0 ? undefined : 1 + below(model.revision);
  const limit = below(2) === 0 ? undefined : 1 + below(6);
  const listing = backend.list(prefix, { ...(after && { after }), ...(revision && { revision }), ...(limit && { limit }) });
  if (revision !== undefined && revision < model.compacted) {
    await assert.rejects(listing, CompactedError);
    return;
  }
  const listed = await listing;
  const expected = model.list(prefix, after, revision ?? model.revision);
  assert.equal(listed.revision, revision ?? model.revision);
  assert.deepEqual(
    listed.items.map((item) => `${item.key}=${text(item.value)}@${item.revision}/${item.createRevision}`),
    expected.slice(0, limit),
  );
  assert.equal(listed.remaining, expected.length - listed.items.length);
}

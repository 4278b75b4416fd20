import { describe } from 'node:test';
import type { OpenFixture } from './backend-fixture.ts';
import { compactionSuite } from './compaction-suite.ts';
import { listSuite } from './list-suite.ts';
import { randomSuite } from './random-suite.ts';
import { watchSuite } from './watch-suite.ts';
import { writeSuite } from './write-suite.ts';

/** What every storage backend must do. A backend is conformant when this passes. */
export function backendSuite(name: string, open: OpenFixture): void {
  describe(name, () => {
    describe('writes', () => writeSuite(open));
    describe('lists', () => listSuite(open));
    describe('watches', () => watchSuite(open));
    describe('compaction', () => compactionSuite(open));
    describe('random operations', () => randomSuite(open));
  });
}

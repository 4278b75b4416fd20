/**
 * Random sequences of updates and applications, with what sigs.k8s.io/structured-merge-diff 4.4 made of each under the schema of Kubernetes
 * 1.32: the object, everybody's fields, conflicts and errors. One sequence a line.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { schemaAtom } from '../../../../../lib/platform/apiserver/structured-merge/atoms.ts';
import { type FieldSet, paths } from '../../../../../lib/platform/apiserver/structured-merge/field-set.ts';
import { pathText } from '../../../../../lib/platform/apiserver/structured-merge/path-element.ts';
import { zeroObject } from '../../../../../lib/platform/apiserver/structured-merge/zero-object.ts';
import { Ledger } from './ledger.ts';

interface Step {
  readonly apply?: unknown;
  readonly update?: unknown;
  readonly force?: boolean;
  readonly manager: string;
  readonly error?: string;
  readonly conflicts?: readonly string[];
  readonly live?: unknown;
  readonly managers?: Readonly<Record<string, FieldSet>>;
}

const CASES = readFileSync(join(import.meta.dirname, 'upstream-cases.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { type: string; steps: readonly Step[] });

for (const [i, { type, steps }] of CASES.entries())
  test(`sequence ${i + 1}: ${type.split('.').at(-1)}, ${steps.length} steps`, async () => {
    const ledger = new Ledger(schemaAtom(type), zeroObject(type));
    for (const { manager, ...step } of steps) {
      if ('update' in step) ledger.update(manager, step.update);
      else {
        const outcome = await ledger.apply(manager, step.apply, step.force === true);
        if (step.error !== undefined) {
          assert.deepEqual(outcome.errors, [step.error]);
          continue;
        }
        const conflicts = outcome.conflicts?.flatMap(({ id, set }) => [...paths(set)].map((path) => `${id} ${pathText(path)}`));
        assert.deepEqual(conflicts?.sort(), step.conflicts);
        if (step.conflicts !== undefined) continue;
      }
      assert.deepEqual(ledger.object, step.live);
      assert.deepEqual(Object.fromEntries(ledger.owners), step.managers);
    }
  });

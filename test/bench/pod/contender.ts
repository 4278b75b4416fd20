import { setTimeout as delay } from 'node:timers/promises';
import type { Measurement } from '../harness.ts';
import { quantile } from '../harness.ts';

/** One way to run a container of the test image, and to be rid of it again. */
export interface Runner {
  readonly name: string;
  /** Resolves when it runs. */
  create(name: string): Promise<void>;
  /** What it has logged by now: the same for all runners, or they did not do the same. */
  output(name: string): Promise<string>;
  /** Resolves when it is gone. */
  remove(name: string): Promise<void>;
}

export const EXPECTED_OUTPUT = 'started web-a\n';
const ONE_AFTER_ANOTHER = 5;
const AT_ONCE = 20;

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** One after the other, then twenty at once; ms. */
export async function measure(runner: Runner, round: number): Promise<Measurement> {
  const names = (count: number, kind: string): string[] => Array.from({ length: count }, (_, i) => `bench-${kind}-${round}-${i}`);
  const create: number[] = [];
  const remove: number[] = [];
  for (const name of names(ONE_AFTER_ANOTHER, 'one')) {
    create.push(await timed(() => runner.create(name)));
    await sameOutput(runner, name);
    remove.push(await timed(() => runner.remove(name)));
  }
  const many = names(AT_ONCE, 'many');
  const createMany = await Promise.all(many.map((name) => timed(() => runner.create(name))));
  await Promise.all(many.map((name) => sameOutput(runner, name)));
  const removeMany = await Promise.all(many.map((name) => timed(() => runner.remove(name))));
  return {
    'create p50': quantile(create, 0.5),
    'create p99': quantile(create, 0.99),
    'delete p50': quantile(remove, 0.5),
    '20 create p50': quantile(createMany, 0.5),
    '20 create p99': quantile(createMany, 0.99),
    '20 delete p50': quantile(removeMany, 0.5),
    '20 delete p99': quantile(removeMany, 0.99),
  };
}

async function sameOutput(runner: Runner, name: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const output = await runner.output(name);
    if (output === EXPECTED_OUTPUT) return;
    if (tries === 200) throw new Error(`${runner.name}: ${name} wrote ${JSON.stringify(output)}`);
    await delay(10);
  }
}

/** What one run measured, by metric name. */
export type Measurement = Readonly<Record<string, number>>;

/** One of several that do the same work. */
export interface Contender {
  readonly name: string;
  /** Does the work once. `round` counts from 0. */
  run(round: number): Promise<Measurement>;
}

export interface Comparison {
  readonly title: string;
  /** The first one is the floor that the others are held against. */
  readonly contenders: readonly Contender[];
  /** @default 5 */
  readonly rounds?: number;
  /** Runs before the first one that counts, for caches and the JIT. @default 1 */
  readonly warmup?: number;
}

export interface ComparisonResult {
  readonly title: string;
  /** Medians over the rounds, by contender, then metric. */
  readonly medians: ReadonlyMap<string, Measurement>;
  /** Median of the rounds' own ratios to the floor, by contender, then metric: noise that a round shares cancels out. */
  readonly ratios: ReadonlyMap<string, Measurement>;
}

/**
 * Runs the contenders in turn, round after round, each round starting with the next one: whatever else the machine does, and
 * whatever one leaves behind for the next, hits all alike.
 */
export async function compare(comparison: Comparison): Promise<ComparisonResult> {
  const { contenders, rounds = 5, warmup = 1 } = comparison;
  const measured = new Map(contenders.map(({ name }) => [name, [] as Measurement[]]));
  for (let round = -warmup; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(turn + round + warmup) % contenders.length]!;
      const measurement = await contender.run(round + warmup);
      if (round >= 0) measured.get(contender.name)!.push(measurement);
    }
  }
  const floor = measured.get(contenders[0]!.name)!;
  return {
    title: comparison.title,
    medians: new Map([...measured].map(([name, runs]) => [name, medians(runs)])),
    ratios: new Map([...measured].map(([name, runs]) => [name, medians(runs.map((run, i) => ratio(run, floor[i]!)))])),
  };
}

/** The result as a table: a line per contender, the ratio to the floor beside each number. */
export function formatComparison({ title, medians, ratios }: ComparisonResult): string {
  const metrics = Object.keys(medians.values().next().value!);
  const rows = [...medians].map(([name, values]) => [
    name,
    ...metrics.map((metric) => `${number(values[metric]!)}  (${ratios.get(name)![metric]!.toFixed(2)}x)`),
  ]);
  const table = [['', ...metrics], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('   '),
  );
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

/** The value that part `q` (0 to 1) of the samples lie at or below. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]!;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

function medians(runs: readonly Measurement[]): Measurement {
  return Object.fromEntries(Object.keys(runs[0]!).map((metric) => [metric, median(runs.map((run) => run[metric]!))]));
}

function ratio(run: Measurement, floor: Measurement): Measurement {
  return Object.fromEntries(Object.entries(run).map(([metric, value]) => [metric, value / floor[metric]!]));
}

function number(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 1 ? value.toFixed(2) : value.toFixed(3);
}

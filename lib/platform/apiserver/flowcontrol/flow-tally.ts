import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { FlowRules } from '../../api/flow-rules.ts';
import type { LevelSeats, SeatPool } from './level-seats.ts';

interface Counts {
  level: string;
  dispatched: number;
  executing: number;
  readonly rejected: Map<string, number>;
}

const LABELS = ['flow_schema', 'priority_level'];
const PREFIX = 'apiserver_flowcontrol_';

/**
 * Counts what flow control does, in plain numbers; metrics are made of them when somebody asks, under the names that Kubernetes' API server
 * gives them. Requests pay for no labels. Only those that had to wait are in the histogram.
 */
export class FlowTally {
  readonly #schemas = new Map<string, Counts>();
  readonly #registry: Registry;
  readonly #waits: Histogram;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#waits = new Histogram({
      name: `${PREFIX}request_wait_duration_seconds`,
      help: 'How long requests waited that did not find a seat at once.',
      labelNames: [...LABELS, 'execute'],
      buckets: [0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15],
      registers: [registry],
    });
    this.#perSchema('dispatched_requests_total', 'Requests that got their seats.', ({ dispatched }) => dispatched);
    this.#perSchema('current_executing_requests', 'Requests that have seats.', ({ executing }) => executing);
    this.#rejections();
  }

  /** Tells what the levels of this pool use. */
  watch(pool: SeatPool): void {
    this.#perLevel(pool, 'nominal_limit_seats', 'Seats that are the level’s own.', ({ nominal }) => nominal);
    this.#perLevel(pool, 'current_executing_seats', 'Seats in use.', ({ used }) => used);
    this.#perLevel(pool, 'current_inqueue_requests', 'Requests that wait for seats.', ({ queues }) => queues.length);
  }

  /** `waited` in ms; undefined for one that began at once. */
  dispatched(schema: FlowRules, level: LevelSeats, waited?: number): void {
    this.#of(schema, level).dispatched++;
    if (waited !== undefined) this.#observe(schema, level, waited, true);
  }

  executing(schema: FlowRules, difference: 1 | -1): void {
    const counts = this.#schemas.get(schema.name);
    if (counts !== undefined) counts.executing += difference;
  }

  rejected(schema: FlowRules, level: LevelSeats, reason: string, waited?: number): void {
    const { rejected } = this.#of(schema, level);
    rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
    if (waited !== undefined) this.#observe(schema, level, waited, false);
  }

  #of(schema: FlowRules, { config }: LevelSeats): Counts {
    let counts = this.#schemas.get(schema.name);
    if (counts === undefined)
      this.#schemas.set(schema.name, (counts = { level: config.name, dispatched: 0, executing: 0, rejected: new Map() }));
    counts.level = config.name;
    return counts;
  }

  #observe(schema: FlowRules, { config }: LevelSeats, ms: number, execute: boolean): void {
    this.#waits.observe({ flow_schema: schema.name, priority_level: config.name, execute: String(execute) }, ms / 1000);
  }

  #perSchema(name: string, help: string, value: (counts: Counts) => number): void {
    const schemas = this.#schemas;
    this.#registry.registerMetric(
      new Gauge({
        name: PREFIX + name,
        help,
        labelNames: LABELS,
        registers: [],
        collect() {
          this.reset();
          for (const [schema, counts] of schemas) this.set({ flow_schema: schema, priority_level: counts.level }, value(counts));
        },
      }),
    );
  }

  #rejections(): void {
    const schemas = this.#schemas;
    this.#registry.registerMetric(
      new Counter({
        name: `${PREFIX}rejected_requests_total`,
        help: 'Requests that were turned away, by reason.',
        labelNames: [...LABELS, 'reason'],
        registers: [],
        collect() {
          this.reset();
          for (const [schema, { level, rejected }] of schemas)
            for (const [reason, count] of rejected) this.inc({ flow_schema: schema, priority_level: level, reason }, count);
        },
      }),
    );
  }

  #perLevel(pool: SeatPool, name: string, help: string, value: (level: LevelSeats) => number): void {
    this.#registry.registerMetric(
      new Gauge({
        name: PREFIX + name,
        help,
        labelNames: ['priority_level'],
        registers: [],
        collect() {
          this.reset();
          for (const level of pool.levels) this.set({ priority_level: level.config.name }, value(level));
        },
      }),
    );
  }
}

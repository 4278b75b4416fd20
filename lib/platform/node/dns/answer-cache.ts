import type { Answer } from 'dns-packet';
import { NOERROR, NXDOMAIN, type Resolution } from './dns-message.ts';

const MOST_ENTRIES = 2_000;
/** Longest an answer is kept, in s: a cache that close to its clients gains nothing from more. */
const LONGEST = 30;

interface Entry {
  readonly resolution: Resolution;
  readonly storedAt: number;
  readonly expiresAt: number;
}

/** Answers of other resolvers, for as long as their records say. The oldest gives way when it is full. */
export class AnswerCache {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  /** `now` in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The answer with the time it has been here taken off its TTLs. */
  get(key: string): Resolution | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const now = this.#now();
    if (now >= entry.expiresAt) {
      this.#entries.delete(key);
      return undefined;
    }
    const age = Math.floor((now - entry.storedAt) / 1000);
    const aged = (records: readonly Answer[] | undefined): Answer[] =>
      (records ?? []).map((record) =>
        'ttl' in record && record.ttl !== undefined ? { ...record, ttl: Math.max(0, record.ttl - age) } : record,
      );
    const { resolution } = entry;
    return {
      ...resolution,
      answers: aged(resolution.answers),
      authorities: aged(resolution.authorities),
      additionals: aged(resolution.additionals),
    };
  }

  set(key: string, resolution: Resolution): void {
    const seconds = lifetime(resolution);
    if (seconds <= 0) return;
    this.#entries.delete(key);
    if (this.#entries.size >= MOST_ENTRIES) this.#entries.delete(this.#entries.keys().next().value!);
    const storedAt = this.#now();
    this.#entries.set(key, { resolution, storedAt, expiresAt: storedAt + seconds * 1000 });
  }
}

/** Seconds: the shortest TTL; for a name that does not exist what its zone's SOA says (RFC 2308); failures are not kept. */
function lifetime({ rcode, answers, authorities }: Resolution): number {
  if (rcode !== NOERROR && rcode !== NXDOMAIN) return 0;
  if (answers.length > 0) return Math.min(LONGEST, ...answers.map((record) => ('ttl' in record ? (record.ttl ?? 0) : LONGEST)));
  const soa = authorities?.find((record) => record.type === 'SOA');
  return soa?.type === 'SOA' ? Math.min(LONGEST, soa.ttl ?? 0, soa.data.minimum ?? 0) : 0;
}

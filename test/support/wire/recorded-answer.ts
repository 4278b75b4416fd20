/** What clients read of an answer, as far as recordings need it. */
export interface Told {
  readonly kind?: string;
  readonly reason?: string;
  readonly details?: { readonly name?: string; readonly group?: string; readonly kind?: string };
  readonly metadata?: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly status?: unknown;
}

/** Counts and conditions of a status that tell how far something has come. */
const COUNTS = ['readyReplicas', 'updatedReplicas', 'availableReplicas', 'succeeded', 'failed'];
const CONDITIONS = ['Complete', 'Failed', 'Available'];

/** What is the same each time of an answer: what it is, and of a refusal why and of what. Empty when it is no object. */
export function sameEachTime(text: string): object {
  const { kind, reason, metadata, details } = parseAnswer(text);
  return defined({
    kind,
    reason,
    metadata: metadata?.name && { name: metadata.name },
    details: details && defined({ name: details.name, group: details.group, kind: details.kind }),
  });
}

/** What a client waits for in an object, a part of it; empty when there is nothing of it. */
export function progressOf({ status }: Told): object {
  if (typeof status !== 'object' || status === null) return {};
  const given = status as Readonly<Record<string, unknown>>;
  const met = ((given['conditions'] ?? []) as { type: string; status: string }[])
    .filter((condition) => CONDITIONS.includes(condition.type) && condition.status === 'True')
    .map(({ type }) => ({ type, status: 'True' }));
  const told = defined({
    phase: given['phase'],
    ...Object.fromEntries(COUNTS.map((count) => [count, given[count]])),
    conditions: met.length === 0 ? undefined : met,
  });
  return Object.keys(told).length === 0 ? {} : { status: told };
}

export function parseAnswer(text: string): Told {
  try {
    return (JSON.parse(text) ?? {}) as Told;
  } catch {
    return {};
  }
}

function defined(object: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

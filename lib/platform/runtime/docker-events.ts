import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { RuntimeEvent } from './container-runtime.ts';
import { call, runtimeError } from './docker-call.ts';
import { RuntimeError } from './runtime-error.ts';

const TYPES: Readonly<Record<string, RuntimeEvent['type']>> = {
  create: 'created',
  start: 'started',
  die: 'died',
  destroy: 'removed',
  oom: 'oom',
};

interface EventLine {
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Record<string, string> };
}

/** Labels as a filter of Docker's API takes them. */
export const labelFilter = (labels: Readonly<Record<string, string>>): string[] =>
  Object.entries(labels).map(([key, value]) => `${key}=${value}`);

/** Ends with the signal; rejects with `unavailable` when the engine closes the stream. The caller lists again and reconnects. */
export async function* containerEvents(
  docker: Docker,
  labels: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent> {
  const filters = { type: ['container'], label: labelFilter(labels), event: Object.keys(TYPES) };
  for await (const event of events(docker, filters, signal)) {
    const type = TYPES[event.Action ?? ''];
    const id = event.Actor?.ID;
    // Attributes also hold the image and the name; the labels are among them, which is all that readers look up.
    if (type !== undefined && id !== undefined) yield { type, id, labels: event.Actor?.Attributes ?? {} };
  }
}

/** The same of images that come, go, or get or lose a name: its id or name, whichever the engine tells. */
export async function* imageEvents(docker: Docker, signal: AbortSignal): AsyncGenerator<string> {
  const filters = { type: ['image'], event: ['delete', 'import', 'load', 'pull', 'tag', 'untag'] };
  for await (const { Actor: image } of events(docker, filters, signal)) yield image?.ID ?? '';
}

async function* events(docker: Docker, filters: object, signal: AbortSignal): AsyncGenerator<EventLine> {
  const stream = (await call(() => docker.getEvents({ filters: JSON.stringify(filters), abortSignal: signal }))) as Readable;
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) yield JSON.parse(line) as EventLine;
  } catch (error) {
    if (signal.aborted) return;
    throw runtimeError(error);
  } finally {
    stream.destroy();
  }
  if (!signal.aborted) throw new RuntimeError('unavailable', 'the Docker daemon closed the stream of events');
}

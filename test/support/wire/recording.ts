import { readFileSync, writeFileSync } from 'node:fs';
import type { SeenExchange } from './recording-proxy.ts';
import { parseAnswer, progressOf, sameEachTime } from './recorded-answer.ts';
import { type WatchEnd, type WatchEvent, WatchView } from './watch-view.ts';

/** A request as it was recorded, and what of its answer has to be the same each time. No credentials, times, versions, addresses. */
export interface RecordedStep {
  /** Method, path and query: `GET /api/v1/namespaces`. A version to watch from is `LISTED`: the one that the list before told. */
  readonly call: string;
  /** How the client said who it is. @default it did not */
  readonly auth?: 'Basic' | 'Bearer';
  readonly accept: string;
  readonly userAgent: string;
  /** Of the body. */
  readonly type?: string;
  /** The body: what it parses to where it reads just so (with a line's end after it, as Go writes), else its text, else its bytes. */
  readonly json?: unknown;
  readonly jsonLine?: unknown;
  readonly text?: string;
  readonly base64?: string;
  /** How long the body was, of an upload: it is not kept. */
  readonly uploaded?: number;
  readonly status: number;
  readonly answerType: string;
  /** A part of the answer's object. */
  readonly reads?: object;
  /** Of a watch: what the client had seen when it ended it. */
  readonly until?: WatchEnd;
  /** The client asked until the answer was this. */
  readonly poll?: true;
}

export interface Recording {
  /** As typed: `helm upgrade shop ./shop --wait`. */
  readonly command: string;
  /** Program and version. */
  readonly client: string;
  readonly steps: readonly RecordedStep[];
}

/** Reads what `writeRecording` wrote: a line for the command, and one for each request. */
export function readRecording(path: string): Recording {
  const [head, ...steps] = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  return { ...(head as Omit<Recording, 'steps'>), steps: steps as RecordedStep[] };
}

export function writeRecording(path: string, { command, client, steps }: Recording): void {
  writeFileSync(path, [{ command, client }, ...steps].map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/**
 * What is worth keeping of what was seen. Of questions that were asked again with nothing written in between, only the last one is: the client
 * was waiting for its answer.
 */
export function recordedSteps(exchanges: readonly SeenExchange[]): RecordedStep[] {
  const steps: RecordedStep[] = [];
  let sinceWrite = 0;
  for (const exchange of exchanges) {
    const step = recordedStep(exchange);
    const isWrite = exchange.method !== 'GET' && exchange.method !== 'HEAD';
    const again = isWrite
      ? -1
      : steps.findIndex(({ call, accept }, i) => i >= sinceWrite && call === step.call && accept === step.accept);
    if (again >= 0) steps.splice(again, 1);
    if (again >= 0) steps.push({ ...step, poll: true, reads: { ...step.reads, ...progressOf(parseAnswer(exchange.answer)) } });
    // A log is there when its container has started, which takes a while each time.
    else steps.push(step.call.endsWith('/log') ? { ...step, poll: true } : step);
    if (isWrite) sinceWrite = steps.length;
  }
  return steps;
}

function recordedStep(exchange: SeenExchange): RecordedStep {
  const { method, headers, body, status, answerType, answer } = exchange;
  const path = withoutVersions(exchange.path);
  const auth = headers.authorization?.split(' ')[0] as RecordedStep['auth'];
  const watched = /[?&]watch=true/.test(path);
  return {
    call: `${method} ${path}`,
    ...(auth === undefined ? {} : { auth }),
    accept: headers.accept ?? '*/*',
    userAgent: headers['user-agent'] ?? '',
    ...(body.length === 0 ? {} : { type: headers['content-type'] ?? '', ...recordedBody(body, path) }),
    status,
    answerType,
    ...(watched ? { until: whatWasSeen(answer) } : sameOf(answer)),
  };
}

function sameOf(answer: string): Pick<RecordedStep, 'reads'> {
  const reads = sameEachTime(answer);
  return Object.keys(reads).length === 0 ? {} : { reads };
}

function whatWasSeen(answer: string): WatchEnd {
  const view = new WatchView();
  // The client may have gone in the middle of a line.
  for (const line of answer
    .slice(0, answer.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean))
    view.see(JSON.parse(line) as WatchEvent);
  return view.end();
}

/** Hashes of OpenAPI documents are of one build, versions of one store. */
function withoutVersions(path: string): string {
  return path
    .replace(/([?&])hash=[0-9A-F]+&?/, '$1')
    .replace(/[?&]$/, '')
    .replace(/([?&]resourceVersion)=[1-9]\d*/, '$1=LISTED');
}

function recordedBody(body: Buffer, path: string): Pick<RecordedStep, 'json' | 'jsonLine' | 'text' | 'base64' | 'uploaded'> {
  if (path.includes('/instantiatebinary')) return { uploaded: body.length };
  const text = body.toString();
  if (!Buffer.from(text).equals(body) || text.includes('\0')) return { base64: body.toString('base64') };
  try {
    const json = JSON.parse(text) as unknown;
    const written = JSON.stringify(json);
    return text === written ? { json } : text === `${written}\n` ? { jsonLine: json } : { text };
  } catch {
    return { text };
  }
}

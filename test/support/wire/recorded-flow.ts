import type { Kept, WireAnswer, WireFlow, WireStep } from './wire-flow.ts';
import type { Told } from './recorded-answer.ts';
import type { RecordedStep, Recording } from './recording.ts';
import { type WatchEvent, WatchView } from './watch-view.ts';

export interface RecordedFlowOptions {
  /** Paths that only members of the project may ask for: a stranger does so first. */
  readonly membersOnly?: (path: string) => boolean;
  /** Bodies of uploads, which recordings do not have. */
  readonly upload?: Buffer;
  /** `NAME:PASSWORD` where the client sent a password. */
  readonly password?: string;
  /** How long an answer or what is polled for may take, ms of an idle machine. @default 10000 */
  readonly patience?: number;
}

/** What a list told, by its path: from where to watch. */
interface Listed {
  readonly version: string;
  readonly items: readonly Told[];
}

/** A recording as a flow to be sent again: with the same bytes, as somebody else, to a platform with versions and times of its own. */
export function recordedFlow(recording: Recording, options: RecordedFlowOptions = {}): WireFlow {
  const { command, steps } = recording;
  return { command, steps: steps.map((step) => (kept: Kept) => wireStep(step, kept, options)) };
}

/** What the client did until it had a token. */
export function loginOf(recording: Recording): Recording {
  return {
    ...recording,
    steps: recording.steps.slice(
      0,
      recording.steps.findIndex(({ auth }) => auth === 'Bearer'),
    ),
  };
}

function wireStep(step: RecordedStep, kept: Kept, options: RecordedFlowOptions): WireStep {
  const path = step.call.slice(step.call.indexOf(' ') + 1);
  const password = step.auth === 'Basic' ? options.password : undefined;
  const patience = options.patience ?? 10_000;
  const common = {
    headers: {
      accept: step.accept,
      'user-agent': step.userAgent,
      ...(password === undefined ? {} : { authorization: `Basic ${Buffer.from(password).toString('base64')}` }),
    },
    anonymous: step.auth === undefined,
    membersOnly: options.membersOnly?.(path) === true,
    status: step.status,
    patience,
    ...(step.type === undefined ? {} : { bytes: { type: step.type, body: bodyOf(step, options) } }),
    ...(step.reads === undefined ? {} : { reads: step.reads }),
    ...(step.poll === true ? { poll: true } : {}),
    check: (answer: WireAnswer) => (answer.headers['content-type'] ?? '') === step.answerType,
  };
  if (step.until !== undefined) return { ...common, ...watchStep(step, kept[resourceOf(path)] as Listed | undefined) };
  return { ...common, call: step.call, keep: (answer) => keepOf(path, answer) };
}

/** A list's version for the watch after it; the token of a login. */
function keepOf(path: string, { object, headers }: WireAnswer): Kept {
  const token = /[#&]access_token=([^&]+)/.exec(String(headers['location']))?.[1];
  if (token !== undefined) return { token };
  if (!String(object.kind).endsWith('List') || object.metadata?.resourceVersion === undefined) return {};
  return { [resourceOf(path)]: { version: object.metadata.resourceVersion, items: object.items } satisfies Listed };
}

function watchStep(step: RecordedStep, listed: Listed | undefined): Pick<WireStep, 'call' | 'watchUntil'> {
  const until = step.until!;
  const view = new WatchView(listed?.items);
  // Nothing more would come: the server is to end it soon.
  const call = view.hasCome(until) ? step.call.replace(/timeoutSeconds=\d+/, 'timeoutSeconds=1') : step.call;
  return {
    call: call.replace('=LISTED', `=${listed?.version ?? ''}`),
    watchUntil: (event: WatchEvent) => {
      // A refusal is one line as well.
      if (event.object === undefined) return false;
      view.see(event);
      return view.hasCome(until);
    },
  };
}

const resourceOf = (path: string): string => path.split('?')[0]!;

function bodyOf(step: RecordedStep, options: RecordedFlowOptions): Buffer {
  if (step.json !== undefined) return Buffer.from(JSON.stringify(step.json));
  if (step.jsonLine !== undefined) return Buffer.from(`${JSON.stringify(step.jsonLine)}\n`);
  if (step.base64 !== undefined) return Buffer.from(step.base64, 'base64');
  if (step.text !== undefined) return Buffer.from(step.text);
  if (options.upload === undefined) throw new Error(`${step.call}: the recording has no body for this upload`);
  return options.upload;
}

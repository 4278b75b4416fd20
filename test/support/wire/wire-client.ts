import { Agent, request } from 'node:https';
import { encodeProtobuf } from '../../../lib/platform/api/schema/protobuf.ts';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { patient } from '../patience.ts';
import { ACCEPT, type WireAnswer, type WireStep } from './wire-flow.ts';

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
} as const;

export type SendStep = (step: WireStep, token?: string) => Promise<WireAnswer>;

/** Sends requests with oc's headers and encodings; follows no redirects. `close` ends its connections. */
export function wireClient(server: string, ca: string): { readonly send: SendStep; readonly close: () => void } {
  const agent = new Agent({ keepAlive: true, ca });
  const send: SendStep = (step, token) =>
    new Promise((resolve, reject) => {
      const [method, path] = step.call.split(/ (.*)/s) as [string, string];
      const [type, body] = bodyOf(step);
      const headers = {
        'user-agent': 'oc/4.22.0 (linux/amd64) kubernetes/$Format',
        accept: ACCEPT[step.accept ?? 'json'],
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : type === undefined
            ? { 'transfer-encoding': 'chunked' }
            : { 'content-type': type, 'content-length': String(body.length) }),
        ...step.headers,
      };
      const outgoing = request(path.startsWith('https:') ? path : `${server}${path}`, { method, agent, headers }, (response) => {
        let text = '';
        const answer = (): void =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            text,
            object: parse(text) ?? {},
            events: text
              .split('\n')
              .map(parse)
              .filter((event) => event !== undefined),
          });
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (step.watchUntil === undefined || !chunk.includes('\n')) return;
          const last = text.slice(0, text.lastIndexOf('\n')).split('\n').map(parse);
          if (!last.some((event) => event !== undefined && step.watchUntil!(event))) return;
          answer();
          response.destroy();
        });
        response.once('end', answer);
        response.once('error', reject);
      });
      // A watch without the event would last for ever.
      const patience = patient(step.patience ?? 10_000);
      outgoing.setTimeout(patience, () => outgoing.destroy(new Error(`${step.call}: nothing more in ${patience} ms`)));
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  return { send, close: () => agent.destroy() };
}

/** The type is undefined for bytes that are sent in chunks and without a word on what they are. */
function bodyOf(step: WireStep): [string | undefined, Buffer] | [undefined, undefined] {
  if (step.bytes !== undefined) return [step.bytes.type, step.bytes.body];
  if (step.upload !== undefined) return [undefined, step.upload];
  if (step.protobuf !== undefined) {
    const bytes = encodeProtobuf(step.protobuf as KubeObject);
    if (bytes === undefined) throw new Error(`${step.call}: a body of a kind without a protobuf form`);
    return ['application/vnd.kubernetes.protobuf', Buffer.from(bytes)];
  }
  if (step.form !== undefined) {
    return ['application/x-www-form-urlencoded', Buffer.from(new URLSearchParams(step.form).toString())];
  }
  if (step.json === undefined) return [undefined, undefined];
  return [step.patch === undefined ? 'application/json' : PATCH_TYPES[step.patch], Buffer.from(JSON.stringify(step.json))];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

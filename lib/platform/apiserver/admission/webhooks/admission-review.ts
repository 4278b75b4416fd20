import { randomUUID } from 'node:crypto';
import type { Json } from '../../../api/meta.ts';
import { isRecord } from '../../store/json-value.ts';
import { type MatchedRequest, requestFields } from '../matching/matched-request.ts';

/** What a webhook has said (admission.k8s.io AdmissionResponse). */
export interface Verdict {
  readonly allowed: boolean;
  readonly status?: { readonly code?: number; readonly message?: string; readonly reason?: string };
  /** JSON patch. */
  readonly patch?: Json;
  readonly warnings: readonly string[];
}

export interface Review {
  readonly uid: string;
  readonly apiVersion: string;
  readonly body: string;
}

/** The question for a webhook. `versions`: those of reviews that it reads; one of them is ours, validation has seen to that. */
export function reviewOf(matched: MatchedRequest, versions: readonly string[]): Review {
  const { object, old } = matched;
  const apiVersion = `admission.k8s.io/${versions.includes('v1') ? 'v1' : 'v1beta1'}`;
  const uid = randomUUID();
  const request = { uid, ...requestFields(matched), object: object ?? null, oldObject: old ?? null };
  return { uid, apiVersion, body: JSON.stringify({ kind: 'AdmissionReview', apiVersion, request }) };
}

/** Reads an answer. Throws a TypeError for what is none. */
export function verdictOf(review: Review, text: string): Verdict {
  const answer = parse(text, 'the answer');
  if (!isRecord(answer) || answer['kind'] !== 'AdmissionReview' || answer['apiVersion'] !== review.apiVersion)
    throw new TypeError(`expected webhook response of ${review.apiVersion}, Kind=AdmissionReview, got ${describeKind(answer)}`);
  const { response } = answer as { response?: unknown };
  if (!isRecord(response)) throw new TypeError('webhook response was absent');
  if (response['uid'] !== review.uid)
    throw new TypeError(`expected response.uid=${JSON.stringify(review.uid)}, got ${JSON.stringify(response['uid'] ?? '')}`);
  const { status, patch, patchType, warnings } = response;
  if (typeof patch === 'string' && patch !== '' && patchType !== 'JSONPatch')
    throw new TypeError('webhook returned response.patch but not response.patchType of JSONPatch');
  return {
    allowed: response['allowed'] === true,
    ...(isRecord(status) ? { status: status as NonNullable<Verdict['status']> } : {}),
    ...(typeof patch === 'string' && patch !== ''
      ? { patch: parse(Buffer.from(patch, 'base64').toString('utf8'), 'response.patch') }
      : {}),
    warnings: Array.isArray(warnings) ? warnings.filter((each): each is string => typeof each === 'string') : [],
  };
}

const describeKind = (value: unknown): string =>
  isRecord(value) ? `${String(value['apiVersion'] ?? '')}, Kind=${String(value['kind'] ?? '')}` : typeof value;

function parse(text: string, what: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new TypeError(`${what} is no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

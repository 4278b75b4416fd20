import type { ServerResponse } from 'node:http';
import type { StatusError } from '../api/status-error.ts';

/** v1beta1's Status of a failure: as v1's, with a small letter and no metadata. */
export function failedStatus({ status }: StatusError): object {
  const { metadata: _metadata, ...same } = status;
  return { ...same, apiVersion: 'v1beta1', status: 'failure' };
}

export const SUCCESS = { kind: 'Status', apiVersion: 'v1beta1', status: 'success', code: 200 } as const;

/** Answers with JSON. */
export function answer(response: ServerResponse, code: number, object: object, headers: Record<string, string> = {}): void {
  const body = Buffer.from(JSON.stringify(object));
  response.writeHead(code, { ...headers, 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

import type { ServerResponse } from 'node:http';
import { answerJson } from './http.ts';

/** An error of RFC 6749 that is told to who asks, and never sent on to an address that nobody has checked. */
export class OAuthError extends Error {
  /** RFC 6749, sections 4.1.2.1 and 5.2. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, description: string, status = 400) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
    this.status = status;
  }
}

export function answerError(response: ServerResponse, { code, message, status }: OAuthError): void {
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="openshift"' } : undefined;
  answerJson(response, status, { error: code, error_description: message }, challenge);
}

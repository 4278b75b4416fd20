import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerJson } from './http.ts';
import { answerPage, html } from './pages/html.ts';

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

/** RFC 6749, section 5.2: as JSON, whatever the client says that it takes. */
export function answerError(response: ServerResponse, { code, message, status }: OAuthError): void {
  const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="openshift"' } : undefined;
  answerJson(response, status, { error: code, error_description: message }, challenge);
}

/** The same where people come with their browsers: who has been sent here wrongly is shown a page. */
export function showError(request: IncomingMessage, response: ServerResponse, error: OAuthError): void {
  if (!(request.headers.accept ?? '').includes('text/html')) return answerError(response, error);
  const body = html`<p class="error" role="alert">${error.message} (${error.code})</p>
    <p>The program that sent you here has asked for something that cannot be given.</p>`;
  answerPage(response, { code: error.status, title: 'This did not work', body });
}

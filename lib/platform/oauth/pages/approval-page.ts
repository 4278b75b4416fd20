import type { ServerResponse } from 'node:http';
import { formToken } from '../sessions.ts';
import { answerPage, html } from './html.ts';

/** What the user is asked about. `request`: the path of the request for authorization, with its query. */
export interface Approval {
  readonly client: string;
  readonly user: string;
  readonly target: string;
  readonly request: string;
}

/** Asks whether a program may do what its user may. */
export function showApproval(response: ServerResponse, { client, user, target, request }: Approval): void {
  const token = formToken();
  const body = html`<p><strong>${client}</strong> wants to do everything that <strong>${user}</strong> may do.</p>
    <p>You will be sent to ${new URL(target).origin}.</p>
    <form method="post" action="/oauth/approve">
      <input type="hidden" name="request" value="${request}" />
      <input type="hidden" name="csrf" value="${token.value}" />
      <p><button name="answer" value="allow">Allow</button></p>
      <p><button name="answer" value="deny" class="other">Deny</button></p>
    </form>`;
  answerPage(response, { title: 'Allow access', body, headers: { 'set-cookie': token.cookie } });
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Visit } from '../../api/mount.ts';
import { addressOf, queryOf, readForm, redirect } from '../http.ts';
import { login } from '../login.ts';
import type { OAuthContext } from '../oauth-server.ts';
import { formToken, isOwnForm } from '../sessions.ts';
import { answerPage, html, Html } from './html.ts';

/** Where a login goes on: only into this server's own next step, so that nobody is led elsewhere by a link. */
const NEXT = /^\/oauth\/(authorize\?[\x21-\x7e]*|token\/request)$/;
const nextOf = (said: string | null): string => (said !== null && NEXT.test(said) ? said : '/oauth/token/request');

/** GET and POST /login: a name and a password, and then on to where the way had led before. */
export async function loginPage(
  context: OAuthContext,
  request: IncomingMessage,
  response: ServerResponse,
  visit: Visit,
): Promise<void> {
  if (request.method !== 'POST') return showForm(response, { next: nextOf(queryOf(request).get('next')) });
  const form = await readForm(request, visit);
  const next = nextOf(form.get('next'));
  if (!isOwnForm(request, form)) return showForm(response, { next }, 'The form was too old. Please try again.', 403);
  const name = form.get('username') ?? '';
  const attempt = { name, password: form.get('password') ?? '', address: addressOf(request) };
  const result = await login(context.login, attempt, visit);
  if (result.outcome === 'in') {
    const { metadata } = result.user;
    const session = context.sessions.open({ name: metadata.name!, uid: metadata.uid! }, request);
    return redirect(response, next, { 'set-cookie': session });
  }
  const again = { next, name };
  if (result.outcome === 'wait')
    return showForm(response, again, `Too many attempts. Please try again in ${result.seconds} s.`, 429);
  showForm(response, again, 'The user name or the password is wrong.', 401);
}

/** `name`: whose password is asked for again. */
function showForm(
  response: ServerResponse,
  { next, name = '' }: { next: string; name?: string },
  problem?: string,
  code = 200,
): void {
  const token = formToken();
  const focus = new Html('autofocus');
  const none = new Html('');
  const body = html`${problem === undefined ? new Html('') : html`<p class="error" role="alert">${problem}</p>`}
    <form method="post" action="/login">
      <input type="hidden" name="next" value="${next}" />
      <input type="hidden" name="csrf" value="${token.value}" />
      <label
        >User name
        <input
          name="username"
          value="${name}"
          autocomplete="username"
          autocapitalize="none"
          required
          ${name === '' ? focus : none}
      /></label>
      <label
        >Password <input name="password" type="password" autocomplete="current-password" required ${name === '' ? none : focus}
      /></label>
      <button>Log in</button>
    </form>`;
  answerPage(response, { code, title: 'Log in to OpenShift', body, headers: { 'set-cookie': token.cookie } });
}

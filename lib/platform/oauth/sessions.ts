import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../common/clock.ts';
import { addressOf, cookie, setCookie } from './http.ts';

/** Browsers take a cookie of this prefix from this very host alone: applications live on hosts beside it, and could set one for all. */
const SESSION = '__Host-oo-session';
const FORM = '__Host-oo-form';
/** Long enough to get from the login to the program that asked for it, in seconds. */
const LIFETIME = 300;

interface Claims {
  readonly name: string;
  readonly uid: string;
  /** The address of the browser. */
  readonly from: string;
  /** ms since the epoch. */
  readonly until: number;
}

/**
 * Who has logged in with a page, as a signed cookie. The key is this process's own: after a restart people log in again. A browser shows it to every
 * port of this host, and so to what projects publish at node ports: it is good from the address alone from which its owner logged in.
 */
export class Sessions {
  readonly #key = randomBytes(32);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The cookie of a new session. */
  open(user: { readonly name: string; readonly uid: string }, request: IncomingMessage): string {
    const claims = JSON.stringify({ ...user, from: addressOf(request), until: this.#clock.now() + LIFETIME * 1000 });
    const text = Buffer.from(claims).toString('base64url');
    return setCookie(SESSION, `${text}.${this.#sign(text)}`, LIFETIME, false);
  }

  /** Whose session the request is of. */
  userOf(request: IncomingMessage): { readonly name: string; readonly uid: string } | undefined {
    const [text = '', signature = ''] = (cookie(request, SESSION) ?? '').split('.');
    if (!same(signature, this.#sign(text))) return undefined;
    const { name, uid, from, until } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Claims;
    return until > this.#clock.now() && from === addressOf(request) ? { name, uid } : undefined;
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

/** A form's proof that it is ours: the same random value in a field and in a cookie that no other site can set or send. */
export function formToken(): { readonly value: string; readonly cookie: string } {
  const value = randomBytes(24).toString('base64url');
  return { value, cookie: setCookie(FORM, value, LIFETIME, true) };
}

/** Whether a form was sent from a page of ours: it holds what the cookie holds (double submit). */
export const isOwnForm = (request: IncomingMessage, form: URLSearchParams): boolean => {
  const expected = cookie(request, FORM) ?? '';
  return expected !== '' && same(form.get('csrf') ?? '', expected);
};

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

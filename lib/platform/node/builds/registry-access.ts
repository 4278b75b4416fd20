import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import { text } from 'node:stream/consumers';
import type { RegistryLogin } from '../kubelet/images/pull-secrets.ts';

const ANSWER_LIMIT_MS = 60_000;
/** Where Docker keeps what it trusts, by registry. */
const TRUST = '/etc/docker/certs.d';

interface Token {
  readonly header: string;
  /** ms since the epoch. */
  readonly until: number;
}

/** One repository of a registry, with the rights of one login (distribution spec; Docker's token authentication). */
export class RegistryAccess {
  readonly host: string;
  readonly repository: string;
  readonly #login: RegistryLogin | undefined;
  #base: URL | undefined;
  #ca: string[] | undefined;
  #challenge: string | undefined;
  /** By the scopes that they are for. */
  readonly #tokens = new Map<string, Token>();

  constructor(host: string, repository: string, login: RegistryLogin | undefined) {
    this.host = host;
    this.repository = repository;
    this.#login = login;
  }

  /** Finds out how it is spoken to. Registries on this machine may do without TLS, as for Docker. */
  async connect(): Promise<void> {
    const ca = await readFile(join(TRUST, this.host, 'ca.crt'), 'utf8').catch(() => undefined);
    this.#ca = ca === undefined ? undefined : [...rootCertificates, ca];
    const schemes = /^(?:127\.|localhost(?::|$))/.test(this.host) ? ['https', 'http'] : ['https'];
    let failure: unknown;
    for (const scheme of schemes) {
      try {
        this.#base = new URL(`${scheme}://${this.host}`);
        const answer = await this.#send(new URL('/v2/', this.#base), { method: 'GET' });
        answer.resume();
        this.#challenge = answer.headers['www-authenticate'];
        return;
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** A request of the registry, with what it asks for to be let in. `path` begins with `/v2/`; `from` is a repository that it reads too. */
  async open(path: string, options: RequestOptions, from?: string): Promise<ReturnType<typeof httpRequest>> {
    const scopes = [`repository:${this.repository}:pull,push`, ...(from === undefined ? [] : [`repository:${from}:pull`])];
    const headers = { ...options.headers, host: this.host, ...(await this.#authorization(scopes)) };
    return this.#request(new URL(path, this.#base), { ...options, headers });
  }

  #request(url: URL, options: RequestOptions): ReturnType<typeof httpRequest> {
    if (url.protocol === 'http:') return httpRequest(url, options);
    return httpsRequest(url, this.#ca === undefined ? options : { ...options, ca: this.#ca });
  }

  #send(url: URL, options: RequestOptions): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = this.#request(url, { ...options, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
      sent.once('response', resolve);
      sent.once('error', reject);
      sent.end();
    });
  }

  async #authorization(scopes: readonly string[]): Promise<Record<string, string>> {
    const challenge = this.#challenge;
    if (challenge === undefined) return {};
    if (!/^bearer /i.test(challenge)) return this.#basic();
    let token = this.#tokens.get(scopes.join(' '));
    if (token === undefined || token.until < Date.now()) token = await this.#fetchToken(challenge, scopes);
    this.#tokens.set(scopes.join(' '), token);
    return { authorization: token.header };
  }

  #basic(): Record<string, string> {
    if (this.#login === undefined) return {};
    const { username, password } = this.#login;
    return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
  }

  async #fetchToken(challenge: string, scopes: readonly string[]): Promise<Token> {
    const field = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
    const url = new URL(field('realm') ?? '');
    const service = field('service');
    if (service !== undefined) url.searchParams.set('service', service);
    for (const scope of scopes) url.searchParams.append('scope', scope);
    const answer = await this.#send(url, { method: 'GET', headers: this.#basic() });
    const body = await text(answer);
    if (answer.statusCode !== 200) throw new Error(`unauthorized: the registry's login answers ${answer.statusCode}`);
    const parsed = JSON.parse(body) as { token?: string; access_token?: string; expires_in?: number };
    const token = parsed.token ?? parsed.access_token;
    if (token === undefined) throw new Error("unauthorized: the registry's login gives no token");
    return { header: `Bearer ${token}`, until: Date.now() + (parsed.expires_in ?? 60) * 700 };
  }
}

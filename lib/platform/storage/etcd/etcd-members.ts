import { setTimeout as delay } from 'node:timers/promises';
import { backoffDelay } from '../../../common/retry.ts';
import { StoreUnavailableError } from '../backend.ts';
import { etcdErrors } from './etcd-errors.ts';
import { type EtcdFailure, failureOf } from './etcd-failure.ts';
import { EtcdMember, type EtcdTls } from './etcd-member.ts';
import { Turns } from './turns.ts';
import { type Header, integer, type Method, methods } from './messages.ts';

export interface EtcdMembersOptions {
  /** `https://HOST:PORT` of each member; the first that answers is used for as long as it does. */
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls;
  /** How long one member may take for one answer, in ms. @default 4000 */
  readonly attemptMs?: number;
  /** How long a call is tried again on one member after the other, in ms. @default 10000 */
  readonly callMs?: number;
}

const mostAtOnce = 256;

/** The tries again of a call. */
export interface CallOptions {
  /** Told of each attempt that failed and may be made again; throws to end the tries. */
  readonly onUnavailable?: (failure: Extract<EtcdFailure, { kind: 'unavailable' }>) => void;
}

/**
 * The members of one cluster. A call goes to the member in use; when that one does not answer, to the next. Once the whole cluster
 * has been away for longer than a call may take, calls try each member once and fail: nobody waits for what everybody knows.
 */
export class EtcdMembers {
  readonly #members: readonly EtcdMember[];
  readonly #attemptMs: number;
  readonly #callMs: number;
  /** What waits for its turn has no time running out: etcd answers so many calls no later than fewer. */
  readonly #turns = new Turns(mostAtOnce);
  readonly #ending = new AbortController();
  readonly #judged = new Map<EtcdMember, Promise<void>>();
  #inUse = 0;
  #newest = 0;
  /** When the first failure since the last answer was, and what the last one said. */
  #away: { readonly since: number; readonly why: string } | undefined;

  constructor({ endpoints, tls = {}, attemptMs = 4_000, callMs = 10_000 }: EtcdMembersOptions) {
    this.#members = endpoints.map((url) => new EtcdMember(url, tls));
    this.#attemptMs = attemptMs;
    this.#callMs = callMs;
  }

  /** The newest revision that any answer told of: etcd's, without a restore's base. */
  get newest(): number {
    return this.#newest;
  }

  get all(): readonly EtcdMember[] {
    return this.#members;
  }

  get urls(): string {
    return this.#members.map(({ url }) => url).join(', ');
  }

  /** Why nothing has been answered for a second; undefined otherwise: going on to the next member is no failure. */
  failure(): string | undefined {
    return this.#away !== undefined && performance.now() - this.#away.since > 1_000 ? this.#away.why : undefined;
  }

  see({ revision }: Header): void {
    this.#newest = Math.max(this.#newest, integer(revision));
  }

  /**
   * Calls until a member has answered. Rejects with StoreUnavailableError when none has in time, with ETCD_TOO_OLD, and with what
   * `failureOf` understands.
   */
  call<Request, Response extends { readonly header: Header }>(
    method: Method<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    return this.#turns.take(() => this.#call(method, request, options));
  }

  async #call<Request, Response extends { readonly header: Header }>(
    method: Method<Request, Response>,
    request: Request,
    options: CallOptions,
  ): Promise<Response> {
    const deadline = performance.now() + this.#callMs;
    for (let attempt = 0; ; attempt++) {
      const member = this.inUse();
      try {
        await this.#judge(member);
        const response = await member.call(method, request, this.#attemptMs);
        this.answered(response.header);
        return response;
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === 'refused') throw etcdErrors.ETCD_REFUSED(member.url, failure.why, { cause: error });
        if (failure.kind !== 'unavailable') throw error;
        this.leave(member, failure.why);
        options.onUnavailable?.(failure);
        const wait = attempt + 1 < this.#members.length ? 0 : backoffDelay({ base: 50, cap: 500, jitter: 0.5 }, attempt);
        if (this.#isGivenUp(attempt, deadline - wait)) throw new StoreUnavailableError(failure.why, { cause: error });
        if (wait > 0) await delay(wait, undefined, { signal: this.#ending.signal }).catch(() => undefined);
      }
    }
  }

  /** The member that calls go to now. */
  inUse(): EtcdMember {
    return this.#members[this.#inUse]!;
  }

  /** Resolves when the member in use is one that can be used. */
  async ready(): Promise<EtcdMember> {
    const member = this.inUse();
    await this.#judge(member);
    return member;
  }

  /** Notes that a member has answered. */
  answered(header: Header): void {
    this.#away = undefined;
    this.see(header);
  }

  /** The member did not answer: the next one is used, unless somebody has gone on already. */
  leave(member: EtcdMember, why: string): void {
    this.#away = { since: this.#away?.since ?? performance.now(), why };
    if (member === this.inUse()) this.#inUse = (this.#inUse + 1) % this.#members.length;
  }

  close(): void {
    this.#ending.abort();
    for (const member of this.#members) member.close();
  }

  #isGivenUp(attempt: number, deadline: number): boolean {
    if (this.#ending.signal.aborted || performance.now() > deadline) return true;
    const away = this.#away === undefined ? 0 : performance.now() - this.#away.since;
    return away > this.#callMs && attempt + 1 >= this.#members.length;
  }

  /** Asks a member once for its version. */
  #judge(member: EtcdMember): Promise<void> {
    let judged = this.#judged.get(member);
    if (judged === undefined) {
      judged = member.call(methods.status, {}, this.#attemptMs).then(({ version }) => {
        if (!isUsable(version)) throw etcdErrors.ETCD_TOO_OLD(member.url, version);
      });
      this.#judged.set(member, judged);
      judged.catch(() => this.#judged.delete(member));
    }
    return judged;
  }
}

/** Whether progress of watches can be believed: since 3.4.31 and 3.5.13 (https://github.com/etcd-io/etcd/pull/17566). */
export function isUsable(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (major !== 3) return major > 3;
  return minor > 5 || (minor === 5 && patch >= 13) || (minor === 4 && patch >= 31);
}

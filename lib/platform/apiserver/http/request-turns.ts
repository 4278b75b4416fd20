import type { ServerResponse } from 'node:http';
import { newTimeout, newTooManyRequests } from '../../api/status-error.ts';
import type { AuthorizationQuery } from '../auth/authorizer.ts';
import type { FlowControl, Seat } from '../flowcontrol/flow-control.ts';
import { requestWidth } from '../flowcontrol/request-width.ts';
import type { ApiMetrics } from './metrics.ts';
import type { RequestContext } from './request-context.ts';
import type { Answer } from './response.ts';

/** Requests that may be answered at the same time of those whom no priority level holds back; watches do not count (max-requests-inflight). */
const MAX_INFLIGHT = 600;
const MAX_MUTATING = 300;
/** A request that is no watch and no stream gets its answer within this many ms. */
const REQUEST_TIMEOUT = 60_000;

/** Lets requests be answered in their turn, so many at one time and each within its time. */
export class RequestTurns {
  readonly #flow: FlowControl;
  readonly #metrics: ApiMetrics;
  readonly #countOpen: (response: ServerResponse) => void;
  #inflight = 0;
  #mutating = 0;

  /** `countOpen` is told of watches that begin. */
  constructor(flow: FlowControl, metrics: ApiMetrics, countOpen: (response: ServerResponse) => void) {
    this.#flow = flow;
    this.#metrics = metrics;
    this.#countOpen = countOpen;
  }

  /** What `work` gives, when it is the request's turn. Rejects with 429 when that does not come, with 504 when the work takes too long. */
  async take(
    context: RequestContext,
    question: AuthorizationQuery,
    isWatch: boolean,
    work: () => Promise<Answer | undefined>,
  ): Promise<Answer | undefined> {
    const { exempt, seat } = await this.#seat(context, question);
    try {
      if (!isWatch) return await this.#answered(context, exempt, work);
      this.#countOpen(context.response);
      return await work();
    } finally {
      // A watch that has begun costs only when something happens.
      seat.release();
    }
  }

  /** A seat for a request that something else than the API's kinds answers. Rejects with 429 when its turn does not come. */
  async seat(question: AuthorizationQuery, width: number, response: ServerResponse): Promise<Seat> {
    return this.#flow.admit(question, width, response).seat;
  }

  /** What is yet to come of a body is waited for before: who sends slowly holds up nobody. */
  async #seat(context: RequestContext, question: AuthorizationQuery): Promise<{ exempt: boolean; seat: Seat }> {
    const { server, request, response, path, query, bodies } = context;
    const definition = path.kind === 'resource' ? server.table.find(path.target) : undefined;
    if (definition !== undefined && !request.complete) await bodies.read(request, response);
    const width = requestWidth(question.verb, definition, query, server.cache);
    const { schema, level, seat } = this.#flow.admit(question, width, response);
    response.setHeader('x-kubernetes-pf-flowschema-uid', schema.uid);
    response.setHeader('x-kubernetes-pf-prioritylevel-uid', level.config.uid);
    return { exempt: level.config.exempt, seat: await seat };
  }

  /** Even those whom no level holds back must not fill the memory. */
  async #answered(
    { request }: RequestContext,
    exempt: boolean,
    work: () => Promise<Answer | undefined>,
  ): Promise<Answer | undefined> {
    const mutating = request.method !== 'GET' && request.method !== 'HEAD';
    if (exempt && (this.#inflight >= MAX_INFLIGHT || (mutating && this.#mutating >= MAX_MUTATING)))
      throw newTooManyRequests('The server has received too many requests and has asked us to try again later', 1);
    this.#inflight++;
    if (mutating) this.#mutating++;
    try {
      return await withTimeout(work());
    } finally {
      this.#inflight--;
      if (mutating) this.#mutating--;
      this.#metrics.inflight.set({ request_kind: 'mutating' }, this.#mutating);
      this.#metrics.inflight.set({ request_kind: 'readOnly' }, this.#inflight - this.#mutating);
    }
  }
}

async function withTimeout<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(newTimeout('request did not complete within the allotted timeout', 0)), REQUEST_TIMEOUT);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

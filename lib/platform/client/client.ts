import type { Verbs } from '../api/verbs.ts';

/**
 * How everything but the API server speaks to the API. `httpClient()` (http-client.ts) and `inProcessClient()`
 * (in-process-client.ts) make one; holders cannot tell which, and must not care where the server is.
 */
export interface Client extends Verbs {
  /** Who the server says we are, for logs; e.g. `system:node:web-1`. */
  readonly userName: string;
}

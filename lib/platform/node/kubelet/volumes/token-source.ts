import type { Clock } from '../../../../common/clock.ts';
import type { Client } from '../../../client/client.ts';
import type { KubeObject } from '../../../api/meta.ts';
import type { Pod } from '../types/pod-types.ts';

interface CachedToken {
  readonly token: string;
  readonly renewAt: number;
  readonly expiresAt: number;
}

/** A token is renewed after four fifths of its life, or a day (kubelet: token_manager.go). */
const RENEW_AT = 0.8;
const MAX_AGE_MS = 24 * 3600 * 1000;

/** Service-account tokens bound to a pod, asked of the API server and kept in memory only. */
export class TokenSource {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, CachedToken>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async token(pod: Pod, request: { audience: string | undefined; expirationSeconds: number }): Promise<string> {
    const key = JSON.stringify([pod.metadata.uid, request.audience ?? '', request.expirationSeconds]);
    const known = this.#tokens.get(key);
    const now = this.#clock.now();
    if (known !== undefined && now < known.renewAt) return known.token;
    try {
      const issued = await this.#issue(pod, request, now);
      this.#tokens.set(key, issued);
      return issued.token;
    } catch (error) {
      // The old one is good for a while yet.
      if (known !== undefined && now < known.expiresAt) return known.token;
      throw new Error(`failed to fetch token: ${(error as Error).message}`, { cause: error });
    }
  }

  forget(uid: string): void {
    const prefix = `[${JSON.stringify(uid)},`;
    for (const key of this.#tokens.keys()) if (key.startsWith(prefix)) this.#tokens.delete(key);
  }

  async #issue(
    pod: Pod,
    request: { audience: string | undefined; expirationSeconds: number },
    now: number,
  ): Promise<CachedToken> {
    const { name, namespace, uid } = pod.metadata;
    const body: KubeObject = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: request.audience === undefined || request.audience === '' ? [] : [request.audience],
        expirationSeconds: request.expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
      },
    };
    const serviceAccount = pod.spec.serviceAccountName || 'default';
    const ref = { group: '', version: 'v1', resource: 'serviceaccounts', subresource: 'token', namespace, name: serviceAccount };
    const answer = await this.#client.create(ref, body);
    const { token, expirationTimestamp } = answer['status'] as { token: string; expirationTimestamp: string };
    const life = Date.parse(expirationTimestamp) - now;
    return { token, renewAt: now + Math.min(life * RENEW_AT, MAX_AGE_MS), expiresAt: now + life };
  }
}

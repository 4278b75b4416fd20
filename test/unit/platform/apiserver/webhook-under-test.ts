import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import type { ApiUnderTest } from './api-under-test.ts';

/** What a hook is asked. */
export interface ReviewRequest {
  readonly uid: string;
  readonly operation: string;
  readonly object: KubeObject | null;
  readonly oldObject: KubeObject | null;
  readonly userInfo: { readonly username: string };
  readonly resource: { readonly resource: string };
  readonly dryRun: boolean;
}

/** A server that a webhook configuration can name. `answer` says what the response is beside its uid. */
export interface Hook extends AsyncDisposable {
  readonly url: string;
  readonly caBundle: string;
  readonly seen: ReviewRequest[];
}

/** Starts one; it answers as `answer` says, or not at all where that is undefined. */
export async function startHook(
  api: ApiUnderTest,
  answer: (request: ReviewRequest) => object | undefined,
  host = '127.0.0.1',
): Promise<Hook> {
  const pair = await api.certificates.authority.issue({
    commonName: 'hook',
    dnsNames: ['localhost', 'hook.default.svc'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  });
  const seen: ReviewRequest[] = [];
  const server: Server = createServer({ cert: pair.certPem, key: pair.keyPem }, (request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    request.once('end', () => {
      const review = JSON.parse(text) as { apiVersion: string; request: ReviewRequest };
      seen.push(review.request);
      const said = answer(review.request);
      // Nothing said: the connection stays open and silent.
      if (said === undefined) return;
      const { apiVersion } = review;
      response.end(JSON.stringify({ apiVersion, kind: 'AdmissionReview', response: { uid: review.request.uid, ...said } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `https://${host}:${(server.address() as AddressInfo).port}/review`,
    caBundle: Buffer.from(api.certificates.caPem).toString('base64'),
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What hooks are asked about, unless `more` says otherwise. */
export const RULES = [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }];
/** Has the API ask the hook. */
export async function configure(
  api: ApiUnderTest,
  kind: 'Mutating' | 'Validating',
  hook: Hook,
  more: object = {},
  name = 'c',
): Promise<void> {
  const webhook = {
    name: 'hook.example.com',
    clientConfig: { url: hook.url, caBundle: hook.caBundle },
    rules: RULES,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...more,
  };
  const path = `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}webhookconfigurations`;
  const made = await api.call('POST', path, { body: { metadata: { name }, webhooks: [webhook] } });
  assert.equal(made.code, 201, made.text);
}

/** An answer that changes the object. */
export const patchOf = (operations: object[]): object => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});

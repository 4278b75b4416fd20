import { rfc3339 } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import type { KubeObject } from '../api/meta.ts';
import { unlessGone } from './api-errors.ts';
import type { Condition } from './core-types.ts';
import {
  clientRule,
  KUBELET_CLIENT_SIGNER,
  kubeletClientRule,
  kubeletServingRule,
  type RequestReader,
  type RequestRule,
} from './certificates/request-rules.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { CERTIFICATE_SIGNING_REQUESTS, refTo } from './resources.ts';

/** The authority that signs for the API's own clients and for the servers of nodes. */
export interface RequestSigner extends RequestReader {
  sign(pem: string, wish: { usages: readonly string[]; seconds?: number; server?: boolean }): Promise<string>;
}

interface SigningRequest extends KubeObject {
  spec: { signerName: string; request: string; usages?: string[]; expirationSeconds?: number };
  status?: { certificate?: string; conditions?: Condition[] };
}

/** The signers that are ours, and what they sign (Kubernetes' documentation, "Kubernetes signers"). */
const SIGNERS: Readonly<Record<string, { readonly rule: RequestRule; readonly server?: true }>> = {
  'kubernetes.io/kube-apiserver-client': { rule: clientRule },
  [KUBELET_CLIENT_SIGNER]: { rule: kubeletClientRule },
  'kubernetes.io/kubelet-serving': { rule: kubeletServingRule, server: true },
};

/** Signs the requests that someone has approved, for the signers whose certificates this API believes. */
export function certificateSigningController(signer: RequestSigner): ControllerDefinition {
  return defineController({
    name: 'certificate-signing-controller',
    component: 'csr-signer',
    for: CERTIFICATE_SIGNING_REQUESTS,
    async reconcile(key, context) {
      const request = context.lister<SigningRequest>(CERTIFICATE_SIGNING_REQUESTS).byKey(key);
      if (request === undefined || !isReadyToSign(request)) return;
      const kind = Object.hasOwn(SIGNERS, request.spec.signerName) ? SIGNERS[request.spec.signerName] : undefined;
      if (kind === undefined) return;
      await writeStatus(request, await statusOf(request, kind, signer, context), context);
    },
  });
}

function isReadyToSign({ status }: SigningRequest): boolean {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) === true;
  return has('Approved') && !has('Denied') && !has('Failed') && (status?.certificate ?? '') === '';
}

async function statusOf(
  request: SigningRequest,
  { rule, server }: { readonly rule: RequestRule; readonly server?: true },
  signer: RequestSigner,
  { clock }: ReconcileContext,
): Promise<SigningRequest['status']> {
  const { usages = [], expirationSeconds } = request.spec;
  const pem = Buffer.from(request.spec.request, 'base64').toString('latin1');
  let objection: string | undefined;
  try {
    objection = rule(await signer.read(pem), usages);
  } catch (error) {
    objection = errorText(error);
  }
  if (objection === undefined) {
    const certificate = await signer.sign(pem, {
      usages,
      ...(server === undefined ? {} : { server }),
      ...(expirationSeconds === undefined ? {} : { seconds: expirationSeconds }),
    });
    return { ...request.status, certificate: Buffer.from(certificate).toString('base64') };
  }
  const now = rfc3339(clock.now());
  const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: objection } as const;
  const stamps = { lastUpdateTime: now, lastTransitionTime: now };
  return { ...request.status, conditions: [...(request.status?.conditions ?? []), { ...failed, ...stamps }] };
}

async function writeStatus(
  request: SigningRequest,
  status: SigningRequest['status'],
  { client }: ReconcileContext,
): Promise<void> {
  await unlessGone(client.update(refTo(CERTIFICATE_SIGNING_REQUESTS, request, 'status'), { ...request, status }));
}

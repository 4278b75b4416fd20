import { rfc3339 } from '../../common/clock.ts';
import { errorText } from '../../common/errors.ts';
import type { KubeObject } from '../api/meta.ts';
import { unlessGone } from './api-errors.ts';
import type { Condition } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { CERTIFICATE_SIGNING_REQUESTS, refTo } from './resources.ts';

/** What a PKCS #10 request says of whoever holds its key. */
export interface RequestedIdentity {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly hasOtherNames: boolean;
}

/** The authority that signs for the API's own clients. */
export interface RequestSigner {
  /** Throws where the PEM is no request that its own key has signed. */
  read(pem: string): Promise<RequestedIdentity>;
  sign(pem: string, wish: { usages: readonly string[]; seconds?: number }): Promise<string>;
}

interface SigningRequest extends KubeObject {
  spec: { signerName: string; request: string; usages?: string[]; expirationSeconds?: number };
  status?: { certificate?: string; conditions?: Condition[] };
}

/** Why a request cannot be signed; undefined when it can. */
type Rule = (identity: RequestedIdentity, usages: readonly string[]) => string | undefined;

const CLIENT_USAGES = ['digital signature', 'key encipherment', 'client auth'];

const clientUsages = (usages: readonly string[]): string | undefined => {
  const foreign = usages.find((usage) => !CLIENT_USAGES.includes(usage));
  if (foreign !== undefined) return `usages may not contain ${JSON.stringify(foreign)}`;
  return usages.includes('client auth') ? undefined : 'usages must contain "client auth"';
};

/** The signers that are ours, and what they sign (Kubernetes' documentation, "Kubernetes signers"). */
const SIGNERS: Readonly<Record<string, Rule>> = {
  'kubernetes.io/kube-apiserver-client': (_identity, usages) => clientUsages(usages),
  'kubernetes.io/kube-apiserver-client-kubelet': ({ commonName, organizations, hasOtherNames }, usages) => {
    if (organizations.length !== 1 || organizations[0] !== 'system:nodes') return 'subject organization is not system:nodes';
    if (hasOtherNames) return 'subject alternative names are not allowed';
    if (!commonName.startsWith('system:node:')) return 'subject common name does not begin with system:node:';
    return clientUsages(usages);
  },
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
      const rule = SIGNERS[request.spec.signerName];
      if (rule === undefined) return;
      await writeStatus(request, await statusOf(request, rule, signer, context), context);
    },
  });
}

function isReadyToSign({ status }: SigningRequest): boolean {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) === true;
  return has('Approved') && !has('Denied') && !has('Failed') && (status?.certificate ?? '') === '';
}

async function statusOf(
  request: SigningRequest,
  rule: Rule,
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

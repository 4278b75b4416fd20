import { rfc3339 } from '../../common/clock.ts';
import type { KubeObject } from '../api/meta.ts';
import { unlessGone } from './api-errors.ts';
import {
  KUBELET_CLIENT_SIGNER,
  kubeletClientRule,
  type RequestedIdentity,
  type RequestReader,
} from './certificates/request-rules.ts';
import type { Condition } from './core-types.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from './define-controller.ts';
import { CERTIFICATE_SIGNING_REQUESTS, refTo, SUBJECT_ACCESS_REVIEWS } from './resources.ts';

interface SigningRequest extends KubeObject {
  readonly spec: {
    readonly signerName: string;
    readonly request: string;
    readonly usages?: readonly string[];
    readonly username?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly status?: { readonly certificate?: string; readonly conditions?: readonly Condition[] };
}

/** A right that lets whoever has it ask for such certificates without anybody's look (subresources that only stand for rights). */
interface Recognized {
  readonly subresource: 'nodeclient' | 'selfnodeclient';
  readonly message: string;
}

const SELF: Recognized = {
  subresource: 'selfnodeclient',
  message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
};
const OTHER: Recognized = {
  subresource: 'nodeclient',
  message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
};
/** Rights may come later; in ms. */
const LOOK_AGAIN = 60_000;

/** Approves kubelets' own client certificates, for those who may ask for them (kube-controller-manager's csrapproving). */
export function certificateApprovingController(reader: RequestReader): ControllerDefinition {
  return defineController({
    name: 'certificate-approving-controller',
    component: 'csr-approver',
    for: CERTIFICATE_SIGNING_REQUESTS,
    async reconcile(key, context) {
      const request = context.lister<SigningRequest>(CERTIFICATE_SIGNING_REQUESTS).byKey(key);
      if (request === undefined || isDecided(request)) return;
      const candidates = await recognize(request, reader);
      for (const each of candidates)
        if (await mayAsk(request, each, context)) return void (await approve(request, each, context));
      return candidates.length === 0 ? undefined : { requeueAfter: LOOK_AGAIN };
    },
  });
}

function isDecided({ status }: SigningRequest): boolean {
  const decided = status?.conditions?.some(({ type }) => type === 'Approved' || type === 'Denied' || type === 'Failed');
  return decided === true || (status?.certificate ?? '') !== '';
}

async function recognize({ spec }: SigningRequest, reader: RequestReader): Promise<Recognized[]> {
  if (spec.signerName !== KUBELET_CLIENT_SIGNER) return [];
  let identity: RequestedIdentity;
  try {
    identity = await reader.read(Buffer.from(spec.request, 'base64').toString('latin1'));
  } catch {
    // The signer says so, once somebody has approved it.
    return [];
  }
  if (kubeletClientRule(identity, spec.usages ?? []) !== undefined) return [];
  return identity.commonName === spec.username ? [SELF, OTHER] : [OTHER];
}

async function mayAsk({ spec }: SigningRequest, { subresource }: Recognized, { client }: ReconcileContext): Promise<boolean> {
  const { group, resource } = CERTIFICATE_SIGNING_REQUESTS;
  const review = await client.create(SUBJECT_ACCESS_REVIEWS, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: {
      user: spec.username ?? '',
      ...(spec.uid ? { uid: spec.uid } : {}),
      groups: [...(spec.groups ?? [])],
      ...(spec.extra === undefined ? {} : { extra: spec.extra }),
      resourceAttributes: { group, resource, subresource, verb: 'create', version: '*' },
    },
  });
  return review.status?.allowed === true;
}

async function approve(request: SigningRequest, { message }: Recognized, { client, clock }: ReconcileContext): Promise<void> {
  const now = rfc3339(clock.now());
  const condition = {
    type: 'Approved',
    status: 'True',
    reason: 'AutoApproved',
    message,
    lastUpdateTime: now,
    lastTransitionTime: now,
  };
  const conditions = [...(request.status?.conditions ?? []), condition];
  const status = { ...request.status, conditions };
  await unlessGone(client.update(refTo(CERTIFICATE_SIGNING_REQUESTS, request, 'approval'), { ...request, status } as KubeObject));
}

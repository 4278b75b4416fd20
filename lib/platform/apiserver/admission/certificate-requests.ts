import type { AccessControl } from '../../api/access-policy.ts';
import { certificateSigningRequest } from '../../api/certificates/certificate-signing-request.ts';
import { requestedOrganizations } from '../../api/certificates/request-subject.ts';
import type { KubeObject } from '../../api/meta.ts';
import { newForbidden } from '../../api/status-error.ts';
import { equalJson } from '../store/json-value.ts';
import type { AdmissionPlugin, AdmissionRequest } from './admission-plugin.ts';

/** The signer whose certificates say who somebody is to this API. */
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const MASTERS = 'system:masters';

/**
 * Who may approve and sign for which signer, and what no certificate may make of its holder (plugin/pkg/admission/certificates: approval,
 * signing, subjectrestriction).
 */
export const certificateRequests = (access: AccessControl): AdmissionPlugin => ({
  name: 'CertificateRequests',
  async validate(request) {
    const { operation, definition, ref, object, old } = request;
    if (definition !== certificateSigningRequest || object === undefined) return;
    if (operation === 'CREATE' && ref.subresource === undefined) return checkSubject(object);
    if (operation !== 'UPDATE' || old === undefined) return;
    if (ref.subresource === 'approval') await requireSigner('approve', request, old, access);
    // Conditions are anybody's who may write the status; what is signed is the signer's.
    if (ref.subresource === 'status' && !equalJson(object.status?.certificate, old.status?.certificate))
      await requireSigner('sign', request, old, access);
  },
});

const refusal = ({ metadata }: KubeObject, why: string): Error =>
  newForbidden({ group: certificateSigningRequest.group, resource: certificateSigningRequest.plural }, metadata.name ?? '', why);

function checkSubject(object: KubeObject): void {
  if (object.spec?.signerName !== CLIENT_SIGNER) return;
  let organizations: string[];
  try {
    organizations = requestedOrganizations(Buffer.from(String(object.spec.request ?? ''), 'base64').toString('latin1'));
  } catch {
    throw refusal(object, 'unable to parse csr: its subject cannot be read');
  }
  if (organizations.includes(MASTERS))
    throw refusal(object, `use of ${CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`);
}

/** `signers/NAME`, or all of its domain: `signers/example.com/*`. */
async function requireSigner(
  verb: 'approve' | 'sign',
  { user }: AdmissionRequest,
  object: KubeObject,
  access: AccessControl,
): Promise<void> {
  const signer: string = object.spec?.signerName ?? '';
  for (const name of [signer, `${signer.split('/')[0]}/*`]) {
    const { group } = certificateSigningRequest;
    if ((await access.authorize(user, { verb, group, version: '*', resource: 'signers', name })).allowed) return;
  }
  throw refusal(object, `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`);
}

import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import { type ActionContext, defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import { newBadRequest, newConflict, newInvalid, type StatusCause } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';

const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

/** `POST serviceaccounts/NAME/token` (authentication.k8s.io/v1 TokenRequest). */
async function issueToken(account: KubeObject, request: KubeObject, context: ActionContext): Promise<KubeObject> {
  const spec = request.spec ?? {};
  const causes: StatusCause[] = [];
  if (spec.expirationSeconds < MIN_SECONDS)
    causes.push(invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration less than 10 minutes'));
  if (spec.expirationSeconds > MAX_SECONDS)
    causes.push(invalid('spec.expirationSeconds', spec.expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  if (causes.length > 0)
    throw newInvalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, request.metadata?.name ?? '', causes);
  const { name = '', namespace = '', uid = '' } = account.metadata;
  const boundPod = await boundPodOf(spec.boundObjectRef, namespace, name, context);
  const status = context.dryRun
    ? { token: '', expirationTimestamp: null }
    : await context.issueToken({
        namespace,
        serviceAccount: name,
        serviceAccountUID: uid,
        audiences: spec.audiences ?? [],
        expirationSeconds: spec.expirationSeconds,
        ...(boundPod === undefined ? {} : { boundPod }),
      });
  return {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    metadata: { name, namespace, creationTimestamp: context.now },
    spec,
    status,
  };
}

interface ObjectReference {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly name?: string;
  readonly uid?: string;
}

/** A token bound to a pod dies with it. */
async function boundPodOf(ref: ObjectReference | undefined, namespace: string, account: string, context: ActionContext) {
  if (ref === undefined) return undefined;
  if (ref.kind !== 'Pod' || ref.apiVersion !== 'v1')
    throw newBadRequest(
      `cannot bind token for serviceaccount "${account}" to object with GVK ${ref.apiVersion}, Kind=${ref.kind}`,
    );
  const pods = { group: '', version: 'v1', resource: 'pods' };
  const pod = await context.verbs.get({ ...pods, namespace, name: ref.name ?? '' });
  const used = pod.spec.serviceAccountName ?? '';
  if (used !== account)
    throw newBadRequest(
      `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name: "${used}"`,
    );
  const uid = pod.metadata.uid ?? '';
  if (ref.uid !== undefined && ref.uid !== uid)
    throw newConflict(
      pods,
      ref.name ?? '',
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  return { name: ref.name ?? '', uid };
}

export const serviceAccount = defineResource({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  schema: 'io.k8s.api.core.v1.ServiceAccount',
  subresources: {
    token: {
      kind: 'action',
      body: {
        group: 'authentication.k8s.io',
        version: 'v1',
        kind: 'TokenRequest',
        schema: 'io.k8s.api.authentication.v1.TokenRequest',
      },
      run: issueToken,
    },
  },
  columns: [nameColumn, countColumn('Secrets', (object) => (object.secrets ?? []).length), ageColumn],
});

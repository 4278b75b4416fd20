import { ageColumn, column, humanDuration, nameColumn } from '../columns.ts';
import type { ReplaceSubresource } from '../subresources/subresource.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, duplicate, forbidden, invalid, required } from '../validation/causes.ts';
import { qualifiedName } from '../validation/names.ts';
import { domainPrefixedPath } from '../validation/references.ts';
import { isRequestPem } from './request-pem.ts';

interface Condition {
  type?: string;
  status?: string;
  lastUpdateTime?: string | null;
  lastTransitionTime?: string | null;
}

const MIN_SECONDS = 600;
const APPROVAL = ['Approved', 'Denied'];

const conditionsOf = ({ status }: KubeObject): Condition[] => status?.conditions ?? [];
const has = (request: KubeObject, type: string): boolean => conditionsOf(request).some((each) => each.type === type);

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!isRequestPem(Buffer.from(spec.request ?? '', 'base64').toString('latin1')))
    causes.push(invalid('spec.request', spec.request ?? '', 'PEM block type must be CERTIFICATE REQUEST'));
  const usages = (spec.usages ?? []) as string[];
  if (usages.length === 0) causes.push(required('spec.usages'));
  for (const [i, usage] of usages.entries()) if (usages.indexOf(usage) < i) causes.push(duplicate(`spec.usages[${i}]`, usage));
  causes.push(...domainPrefixedPath('spec.signerName', spec.signerName ?? ''));
  if (spec.expirationSeconds !== undefined && spec.expirationSeconds < MIN_SECONDS)
    causes.push(
      invalid(
        'spec.expirationSeconds',
        spec.expirationSeconds,
        `may not specify a duration less than ${MIN_SECONDS} seconds (10 minutes)`,
      ),
    );
  return causes;
}

/** Conditions that stand once they are set: a decision is made once, and not both ways. */
function validateConditions(object: KubeObject, old: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  const types = new Set<string>();
  for (const [i, { type = '', status = '' }] of conditionsOf(object).entries()) {
    const path = `status.conditions[${i}]`;
    for (const text of qualifiedName(type)) causes.push(invalid(`${path}.type`, type, text));
    if (types.has(type)) causes.push(duplicate(`${path}.type`, type));
    types.add(type);
    if (status === '') causes.push(required(`${path}.status`));
    else if ([...APPROVAL, 'Failed'].includes(type) && status !== 'True')
      causes.push(invalid(`${path}.status`, status, `${type} conditions can only have a status of "True"`));
  }
  if (types.has('Approved') && types.has('Denied'))
    causes.push(invalid('status.conditions', 'Denied', 'Approved and Denied conditions are mutually exclusive'));
  for (const type of [...APPROVAL, 'Failed'])
    if (has(old, type) && !has(object, type))
      causes.push(forbidden('status.conditions', `updates may not remove a condition of type "${type}"`));
  return causes;
}

/** When a condition came, and when it was last touched. */
function stamp(object: KubeObject, old: KubeObject, now: string): void {
  for (const condition of conditionsOf(object)) {
    condition.status ||= 'True';
    const before = conditionsOf(old).find((each) => each.type === condition.type);
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= before?.status === condition.status ? (before.lastTransitionTime ?? now) : now;
  }
}

/** `certificate approve`: writes conditions and nothing else. */
const approval: ReplaceSubresource = {
  kind: 'replace',
  prepareForUpdate: (object, old, now) => {
    object.spec = old.spec;
    object.status = { ...old.status, conditions: conditionsOf(object) };
    stamp(object, old, now);
  },
  validateUpdate: validateConditions,
};

/** A signer's report: the certificate, and conditions that are no decision. */
function prepareStatus(object: KubeObject, old: KubeObject, now: string): void {
  object.status ??= {};
  const decided = conditionsOf(old).filter(({ type = '' }) => APPROVAL.includes(type));
  const reported = conditionsOf(object).filter(({ type = '' }) => !APPROVAL.includes(type));
  const conditions = [...decided, ...reported];
  if (conditions.length > 0) object.status.conditions = structuredClone(conditions);
  else delete object.status.conditions;
  stamp(object, old, now);
}

function validateStatus(object: KubeObject, old: KubeObject): StatusCause[] {
  const causes = validateConditions(object, old);
  const [now, before] = [object.status?.certificate, old.status?.certificate];
  if (before !== undefined && !deepEqual(now, before))
    causes.push(forbidden('status.certificate', 'updates may not clear existing certificate content'));
  return causes;
}

function condition(object: KubeObject): string {
  const found = [
    ...(has(object, 'Denied') ? ['Denied'] : has(object, 'Approved') ? ['Approved'] : []),
    ...(has(object, 'Failed') ? ['Failed'] : []),
    ...(object.status?.certificate ? ['Issued'] : []),
  ];
  return found.length === 0 ? 'Pending' : found.join(',');
}

export const certificateSigningRequest = defineResource({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  namespaced: false,
  schema: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  strategy: {
    generation: false,
    // Who asks is who is signed in, whatever the request says.
    prepareForCreate: (object, { user }) => {
      object.spec = { ...object.spec, username: user.name, groups: [...user.groups] };
      delete object.spec.uid;
      delete object.spec.extra;
      if (user.uid) object.spec.uid = user.uid;
      if (user.extra !== undefined) object.spec.extra = structuredClone(user.extra);
      object.status = {};
    },
    prepareForUpdate: (object, old) => {
      object.spec = old.spec;
    },
    validate,
  },
  status: { prepareForUpdate: prepareStatus, validateUpdate: validateStatus },
  subresources: { approval },
  selectableFields: { 'spec.signerName': (object) => object.spec?.signerName ?? '' },
  columns: [
    nameColumn,
    ageColumn,
    column('SignerName', (object) => object.spec?.signerName || '<none>'),
    column('Requestor', (object) => object.spec?.username ?? ''),
    column('RequestedDuration', ({ spec }) =>
      spec?.expirationSeconds === undefined ? '<none>' : humanDuration(spec.expirationSeconds * 1000),
    ),
    column('Condition', condition),
  ],
});

import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { invalid, notSupported, required } from '../validation/causes.ts';
import { dns1035Label, dns1123Subdomain } from '../validation/names.ts';
import { validateCaBundle } from './ca-bundle.ts';

/** Where another server serves a group version; absent: it is served here. */
export interface ServiceReference {
  readonly namespace?: string;
  readonly name?: string;
  readonly port?: number;
}

interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
}

const STATUSES = ['True', 'False', 'Unknown'];
const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;

const conditionsOf = ({ status }: KubeObject): readonly Condition[] => status?.conditions ?? [];
const availability = (object: KubeObject): Condition | undefined => conditionsOf(object).find(({ type }) => type === 'Available');

/** Whether requests may be passed on to it. */
export const isAvailable = (object: KubeObject): boolean => availability(object)?.status === 'True';

/** What is said of every group version that is served here. */
export const LOCAL_CONDITION = {
  type: 'Available',
  status: 'True',
  reason: 'Local',
  message: 'Local APIServices are always available',
} as const;

const within = (value: unknown, maximum: number): boolean => typeof value === 'number' && value > 0 && value <= maximum;

function validate({ metadata, spec = {} }: KubeObject): StatusCause[] {
  const { group = '', version = '', groupPriorityMinimum, versionPriority, service } = spec;
  const causes: StatusCause[] = [];
  const name = `${version}.${group}`;
  if (metadata.name !== name)
    causes.push(invalid('metadata.name', metadata.name, `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`));
  if (group === '' && version !== 'v1')
    causes.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  if (group !== '') for (const text of dns1123Subdomain(group)) causes.push(invalid('spec.group', group, text));
  for (const text of dns1035Label(version)) causes.push(invalid('spec.version', version, text));
  if (!within(groupPriorityMinimum, MAX_GROUP_PRIORITY))
    causes.push(invalid('spec.groupPriorityMinimum', groupPriorityMinimum ?? 0, 'must be positive and less than 20000'));
  if (!within(versionPriority, MAX_VERSION_PRIORITY))
    causes.push(invalid('spec.versionPriority', versionPriority ?? 0, 'must be positive and less than 1000'));
  return [...causes, ...(service ? validateRemote(service, spec) : validateLocal(spec))];
}

const bytesOf = (base64: unknown): number => (typeof base64 === 'string' ? Buffer.from(base64, 'base64').length : 0);

function validateLocal({ caBundle, insecureSkipTLSVerify }: Record<string, unknown>): StatusCause[] {
  const causes: StatusCause[] = [];
  if (bytesOf(caBundle) > 0)
    causes.push(invalid('spec.caBundle', `${bytesOf(caBundle)} bytes`, 'local APIServices may not have a caBundle'));
  if (insecureSkipTLSVerify === true)
    causes.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
  return causes;
}

function validateRemote(
  { namespace, name, port }: ServiceReference,
  { caBundle, insecureSkipTLSVerify }: Record<string, unknown>,
): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!namespace) causes.push(required('spec.service.namespace'));
  if (!name) causes.push(required('spec.service.name'));
  if (port !== undefined && !(port >= 1 && port <= 65535))
    causes.push(invalid('spec.service.port', port, 'port is not valid: must be between 1 and 65535, inclusive'));
  if (insecureSkipTLSVerify === true && bytesOf(caBundle) > 0)
    causes.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  return [...causes, ...validateCaBundle('spec.caBundle', caBundle)];
}

const validateStatus = (object: KubeObject): StatusCause[] =>
  conditionsOf(object).flatMap(({ status }, i) =>
    STATUSES.includes(status ?? '') ? [] : [notSupported(`status.conditions[${i}].status`, status ?? '', STATUSES)],
  );

/** A group version and the server that answers for it (kube-aggregator's pkg/apis/apiregistration). */
export const apiService = defineResource({
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  namespaced: false,
  categories: ['api-extensions'],
  schema: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
  strategy: {
    nameFormat: 'path',
    allowUnconditionalUpdate: false,
    generation: false,
    prepareForCreate: (object, { now }) => {
      object.status = object.spec?.service ? {} : { conditions: [{ ...LOCAL_CONDITION, lastTransitionTime: now }] };
    },
    validate,
  },
  status: { validateUpdate: validateStatus },
  columns: [
    nameColumn,
    column('Service', ({ spec }) => (spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local')),
    column('Available', (object) => {
      const { status = 'Unknown', reason = '' } = availability(object) ?? {};
      return status === 'True' || reason === '' ? status : `${status} (${reason})`;
    }),
    ageColumn,
  ],
});

import { ageColumn, column, nameColumn, type Column } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { duplicate, immutable, invalid, notSupported, required } from '../validation/causes.ts';

const GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];
const MODES = ['Persistent', 'Ephemeral'];
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

function validate({ spec = {} }: KubeObject): StatusCause[] {
  const causes: StatusCause[] = [];
  // Kubernetes spells the first one so.
  for (const [path, value] of [
    ['spec.attachedRequired', spec.attachRequired],
    ['spec.podInfoOnMount', spec.podInfoOnMount],
    ['spec.storageCapacity', spec.storageCapacity],
  ] as const)
    if (value === undefined) causes.push(required(path));
  if (spec.fsGroupPolicy !== undefined && !GROUP_POLICIES.includes(spec.fsGroupPolicy))
    causes.push(notSupported('spec.fsGroupPolicy', spec.fsGroupPolicy, GROUP_POLICIES));
  causes.push(...validateTokens(spec.tokenRequests ?? []));
  for (const mode of spec.volumeLifecycleModes ?? [])
    if (!MODES.includes(mode)) causes.push(notSupported('spec.volumeLifecycleModes', mode, MODES));
  return causes;
}

function validateTokens(requests: readonly { audience?: string; expirationSeconds?: number }[]): StatusCause[] {
  const seen = new Set<string>();
  return requests.flatMap(({ audience = '', expirationSeconds: seconds }, i) => {
    const path = `spec.tokenRequests[${i}]`;
    if (seen.has(audience)) return [duplicate(`${path}.audience`, audience)];
    seen.add(audience);
    if (seconds === undefined || (seconds >= MIN_SECONDS && seconds <= MAX_SECONDS)) return [];
    const why = seconds < MIN_SECONDS ? 'less than 10 minutes' : 'larger than 2^32 seconds';
    return [invalid(`${path}.expirationSeconds`, seconds, `may not specify a duration ${why}`)];
  });
}

const validateUpdate = ({ spec }: KubeObject, old: KubeObject): StatusCause[] => [
  ...immutable('spec.attachedRequired', spec.attachRequired, old.spec.attachRequired),
  ...immutable('spec.fsGroupPolicy', spec.fsGroupPolicy, old.spec.fsGroupPolicy),
  ...immutable('spec.podInfoOnMount', spec.podInfoOnMount, old.spec.podInfoOnMount),
  ...immutable('spec.volumeLifecycleModes', spec.volumeLifecycleModes, old.spec.volumeLifecycleModes),
];

const flag = (name: string, field: string): Column => ({
  name,
  type: 'boolean',
  cell: (object) => object.spec?.[field] ?? false,
});

const audiences = ({ spec }: KubeObject): string => {
  const requests: { audience?: string }[] = spec?.tokenRequests ?? [];
  return requests.length === 0 ? '<unset>' : requests.map((each) => each.audience ?? '').join(',');
};

export const csiDriver = defineResource({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSIDriver',
  strategy: { validate, validateUpdate },
  columns: [
    nameColumn,
    flag('AttachRequired', 'attachRequired'),
    flag('PodInfoOnMount', 'podInfoOnMount'),
    flag('StorageCapacity', 'storageCapacity'),
    column('TokenRequests', audiences),
    flag('RequiresRepublish', 'requiresRepublish'),
    column('Modes', (object) => (object.spec?.volumeLifecycleModes ?? []).join(',') || '<none>'),
    ageColumn,
  ],
});

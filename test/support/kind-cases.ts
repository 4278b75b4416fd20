import type { StrategyContext } from '../../lib/platform/api/strategy.ts';
import type { ResourceDefinition } from '../../lib/platform/api/define-resource.ts';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import { applyDefaults } from '../../lib/platform/api/schema/apply-defaults.ts';

const NAME = { name: 'x', uid: 'u-1', creationTimestamp: '2026-01-01T00:00:00Z' };
/** Whoever writes may do all of it. */
const MAY: Pick<StrategyContext, 'access' | 'settings'> = {
  access: { authorize: async () => ({ allowed: true }) } as unknown as StrategyContext['access'],
  settings: {
    projects: { requestMessage: '' },
    routes: { domain: 'apps.example.test', reservedHosts: [] },
    network: { clusterCIDR: '10.128.0.0/14', hostSubnetLength: 9, isolateProjects: true },
  },
};
const NOW = Date.parse('2026-01-01T01:00:00Z');

/** One kind as its server meets it: defaulted, prepared, judged, shown. Objects are what a user would write. */
export interface KindCases {
  /** The object as it would be stored. */
  create(fields: object): KubeObject;
  /** `field: message` of each cause that a new object is refused with. */
  causes(fields: object): string[];
  /** The same for an update from one to the other, which `create` has made. */
  updateCauses(fields: object, old: object): string[];
  /** The same for a report through the status subresource. */
  statusCauses(status: object, old?: object): string[];
  /** The cells of a table's row, an hour after the creation; those of `-o wide` too. */
  row(fields: object): unknown[];
}

const text = ({ field, message }: { field?: string; message?: string }): string => `${field}: ${message}`;

export function kindCases(definition: ResourceDefinition): KindCases {
  const { strategy = {} } = definition;
  const decoded = (fields: object): KubeObject => {
    const own = structuredClone(fields) as Partial<KubeObject>;
    const object: KubeObject = {
      ...own,
      apiVersion: definition.version,
      kind: definition.kind,
      metadata: { ...NAME, ...(definition.namespaced ? { namespace: 'default' } : {}), ...own.metadata },
    };
    applyDefaults(object, definition.schema);
    strategy.defaults?.(object);
    return object;
  };
  const create = (fields: object): KubeObject => {
    const object = decoded(fields);
    void strategy.prepareForCreate?.(object, { now: '2026-01-01T00:00:00Z', ...MAY } as StrategyContext);
    return object;
  };
  return {
    create,
    causes: (fields) => (strategy.validate?.(create(fields)) ?? []).map(text),
    updateCauses(fields, old) {
      const before = create(old);
      const object = decoded({ ...fields, metadata: { ...before.metadata, ...(fields as Partial<KubeObject>).metadata } });
      if (definition.status !== undefined) object['status'] = before['status'];
      void strategy.prepareForUpdate?.(object, before, { ...MAY } as StrategyContext);
      return [...(strategy.validate?.(object) ?? []), ...(strategy.validateUpdate?.(object, before) ?? [])].map(text);
    },
    statusCauses(status, old = {}) {
      if (typeof definition.status !== 'object') return [];
      const [object, before] = [decoded({ status }), decoded({ status: old })];
      return (definition.status.validateUpdate?.(object, before) ?? []).map(text);
    },
    row: (fields) => definition.columns!.map((column) => column.cell(decoded(fields), NOW)),
  };
}

/** A pod template that is valid, with the label `app=web`. `spec` is added to the pod's. */
export const webTemplate = (spec: object = {}): object => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'web', image: 'web:1' }], ...spec },
});

export const WEB_SELECTOR = { matchLabels: { app: 'web' } };

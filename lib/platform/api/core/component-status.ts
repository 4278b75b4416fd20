import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';
import type { KubeObject } from '../meta.ts';

/** What older tools ask about: each is a part of the process that answers, and so it works. */
const COMPONENTS: readonly (readonly [name: string, message: string])[] = [
  ['controller-manager', 'ok'],
  ['etcd-0', 'ok'],
  ['scheduler', 'ok'],
];

const componentOf = ([name, message]: (typeof COMPONENTS)[number]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ComponentStatus',
  metadata: { name },
  conditions: [{ type: 'Healthy', status: 'True', message }],
});

const healthy = ({ conditions = [] }: KubeObject): { status?: string; message?: string; error?: string } =>
  (conditions as { type?: string; status?: string; message?: string; error?: string }[]).find(
    (each) => each.type === 'Healthy',
  ) ?? {};

const STATUS_TEXT: Readonly<Record<string, string>> = { True: 'Healthy', False: 'Unhealthy' };

export const componentStatus = defineResource({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  shortNames: ['cs'],
  namespaced: false,
  schema: 'io.k8s.api.core.v1.ComponentStatus',
  verbs: ['get', 'list'],
  virtual: { list: () => Promise.resolve(COMPONENTS.map(componentOf)) },
  deprecated: 'v1 ComponentStatus is deprecated in v1.19+',
  columns: [
    nameColumn,
    column('Status', (object) => STATUS_TEXT[healthy(object).status ?? ''] ?? 'Unknown'),
    column('Message', (object) => healthy(object).message ?? ''),
    column('Error', (object) => healthy(object).error ?? ''),
  ],
});

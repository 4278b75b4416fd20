import type { GroupVersionResource } from '../api/verbs.ts';

/** What controllers that work on every kind (namespaces, garbage collection) know of one. */
export interface KindInfo extends GroupVersionResource {
  readonly kind: string;
  readonly namespaced: boolean;
}

/** `pods`, `leases.coordination.k8s.io`: how messages and keys name a kind. */
export const qualifiedResource = ({ group, resource }: GroupVersionResource): string =>
  group === '' ? resource : `${resource}.${group}`;

/** The group of an apiVersion: `''` for the core group's `v1`. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';

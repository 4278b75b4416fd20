import type { ResourceDefinition } from './define-resource.ts';

/** Every kind that is served: one line each, alphabetical within its group. */
export const resources: readonly ResourceDefinition[] = [];

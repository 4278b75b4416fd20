import type { Json, KubeObject } from '../meta.ts';

/** A value that a template is filled in with (template.openshift.io/v1 Parameter). */
export interface Parameter {
  readonly name: string;
  readonly displayName?: string;
  readonly description?: string;
  value?: string;
  /** `expression`: made from `from` when there is no value. */
  readonly generate?: string;
  readonly from?: string;
  readonly required?: boolean;
}

/** template.openshift.io/v1 Template: objects with places for parameters. */
export interface Template extends KubeObject {
  message?: string;
  objects?: { [field: string]: Json }[];
  parameters?: Parameter[];
  /** Put on every object. */
  labels?: Record<string, string>;
}

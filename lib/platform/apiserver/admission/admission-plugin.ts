import type { ResourceDefinition } from '../../api/define-resource.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { ResourceRef, UserInfo } from '../../api/verbs.ts';
import type { QuotaReceipt } from '../quota/quota-ledger.ts';
import type { ObjectCache } from '../store/object-cache.ts';

/** A write on its way into the store (Kubernetes: admission.Attributes). */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly definition: ResourceDefinition;
  /** The version that was asked for. Objects here are as they are stored. */
  readonly served: ResourceDefinition;
  readonly ref: ResourceRef;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** The new object, which `admit` may change; absent for a delete. The body, for an action subresource. */
  readonly object?: KubeObject;
  /** Frozen. */
  readonly old?: KubeObject;
  readonly cache: ObjectCache;
  /** Texts for the client's eyes. */
  readonly warnings: string[];
  /** Tells the audit log something about the request. @default there is none */
  readonly annotate?: ((key: string, value: string) => void) | undefined;
  /** Told what was taken for the write, to be given back should that fail. */
  readonly charged?: (receipt: QuotaReceipt) => void;
}

/** One rule about writes that is no kind's own. Both reject with a StatusError, usually Forbidden. */
export interface AdmissionPlugin {
  readonly name: string;
  /** Runs before the kind's strategy and may change the object. */
  admit?(request: AdmissionRequest): Promise<void> | void;
  /** Runs after the kind's validation. */
  validate?(request: AdmissionRequest): Promise<void> | void;
}

/** Lets each plug-in change the object, in order. */
export async function admit(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): Promise<void> {
  for (const plugin of plugins) await plugin.admit?.(request);
}

/** Asks each plug-in about the object as it is going to be. */
export async function validateAdmission(plugins: readonly AdmissionPlugin[], request: AdmissionRequest): Promise<void> {
  for (const plugin of plugins) await plugin.validate?.(request);
}

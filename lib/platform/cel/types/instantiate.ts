import type { Overload } from './declarations.ts';
import * as types from './type.ts';
import type { CelType } from './type.ts';

/** A signature's parameters and result, with type parameters that no other call has. */
export function instantiate({ params, result }: Overload, fresh: () => CelType): [CelType[], CelType] {
  const names = new Map<string, CelType>();
  const rename = (type: CelType): CelType => {
    switch (type.kind) {
      case 'param': {
        const known = names.get(type.name) ?? fresh();
        names.set(type.name, known);
        return known;
      }
      case 'list':
        return types.listOf(rename(type.element));
      case 'map':
        return types.mapOf(rename(type.key), rename(type.value));
      case 'opaque':
        return { ...type, of: type.of.map(rename) };
      case 'type':
        return { kind: 'type', of: rename(type.of) };
      default:
        return type;
    }
  };
  return [params.map(rename), rename(result)];
}

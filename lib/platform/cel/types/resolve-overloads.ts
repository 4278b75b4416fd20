import type { Overload } from './declarations.ts';
import { instantiate } from './instantiate.ts';
import * as types from './type.ts';
import type { CelType } from './type.ts';
import { type Bindings, sameType } from './unify.ts';

/** The signatures that arguments may be meant for, and what they give: dynamic when they differ in that. */
export interface Resolution {
  readonly matching: readonly Overload[];
  readonly result: CelType;
}

/** Which of the overloads take arguments of these types; undefined: none. `fresh` makes parameters for generic ones. */
export function resolveOverloads(
  bindings: Bindings,
  fresh: () => CelType,
  overloads: readonly Overload[],
  given: readonly CelType[],
  method: boolean,
): Resolution | undefined {
  const matching: Overload[] = [];
  let result: CelType | undefined;
  for (const overload of overloads) {
    if (overload.method !== method || overload.params.length !== given.length) continue;
    const [params, gives] = overload.generic ? instantiate(overload, fresh) : [overload.params, overload.result];
    if (!bindings.assign(params, given)) continue;
    matching.push(overload);
    const found = bindings.substitute(gives);
    result = result === undefined || sameType(result, found) ? found : types.DYN;
  }
  return result === undefined ? undefined : { matching, result };
}

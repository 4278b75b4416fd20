import type { Atom } from '../../../../../lib/platform/apiserver/structured-merge/atoms.ts';
import { compare } from '../../../../../lib/platform/apiserver/structured-merge/compare.ts';
import {
  difference,
  EMPTY,
  type FieldSet,
  isEmpty,
  union,
} from '../../../../../lib/platform/apiserver/structured-merge/field-set.ts';
import {
  applyConfig,
  type Conflict,
  conflictOf,
  dispossess,
} from '../../../../../lib/platform/apiserver/structured-merge/updater.ts';
import { validateConfig } from '../../../../../lib/platform/apiserver/structured-merge/validate-config.ts';

/** An object and who owns what of it, without an API around: just the rules of merging. */
export class Ledger {
  readonly #atom: Atom;
  object: unknown;
  owners = new Map<string, FieldSet>();

  constructor(atom: Atom, object: unknown) {
    this.#atom = atom;
    this.object = object;
  }

  async apply(
    id: string,
    config: unknown,
    force = false,
  ): Promise<{ readonly errors?: readonly string[]; readonly conflicts?: readonly Conflict[] }> {
    const errors = validateConfig(config, this.#atom);
    if (errors.length > 0) return { errors };
    const others = [...this.owners].filter(([other]) => other !== id).map(([other, set]) => ({ id: other, set }));
    const { object, set, comparison = {} } = await applyConfig(this.object, config, this.#atom, others, this.owners.get(id));
    const conflicts = others.map((other) => conflictOf(other, comparison)).filter((each) => each !== undefined);
    if (conflicts.length > 0 && !force) return { conflicts };
    this.#keep([...others.map((other) => [other.id, dispossess(other.set, comparison)] as const), [id, set]]);
    this.object = object;
    return {};
  }

  update(id: string, object: unknown): void {
    const change = compare(this.object, object, this.#atom) ?? {};
    const mine = difference(this.owners.get(id) ?? EMPTY, change.removed ?? EMPTY);
    const taken = union(change.added ?? EMPTY, change.modified ?? EMPTY);
    const others = [...this.owners].filter(([other]) => other !== id);
    this.#keep([...others.map(([other, set]) => [other, dispossess(set, change)] as const), [id, union(mine, taken)]]);
    this.object = object;
  }

  #keep(owners: readonly (readonly [string, FieldSet])[]): void {
    this.owners = new Map(owners.filter(([, set]) => !isEmpty(set)));
  }
}

import type { Chain, NamedSet, Ruleset } from './ruleset.ts';

/** What the kernel's table is known to hold by name, when its contents are not known. */
export interface TableNames {
  readonly chains: readonly string[];
  readonly sets: readonly { readonly kind: 'set' | 'map'; readonly name: string }[];
}

/** Elements in one line of a script. */
const BATCH = 400;

/** A script that takes the table from `before` to `after`; '' when nothing differs. Fed to `nft -f`, it is one transaction. */
export function changeScript(before: Ruleset, after: Ruleset): string {
  const table = `ip ${after.table}`;
  const out = new Script(table);
  for (const [name, set] of after.sets) {
    const old = before.sets.get(name);
    if (old === undefined) out.addSet(name, set);
    else if (set.elements !== undefined && old.elements !== undefined) {
      const { elements } = set;
      out.deleteElements(
        name,
        [...old.elements].filter(([key, verdict]) => elements.get(key) !== verdict).map(([key]) => key),
      );
    }
  }
  const changed = [...after.chains].filter(([name, chain]) => !sameChain(before.chains.get(name), chain));
  const goneChains = [...before.chains.keys()].filter((name) => !after.chains.has(name));
  for (const [name, chain] of changed) if (!before.chains.has(name)) out.addChain(name, chain);
  for (const [name] of changed) if (before.chains.has(name)) out.line(`flush chain ${table} ${name}`);
  for (const name of goneChains) out.line(`flush chain ${table} ${name}`);
  for (const [name, chain] of changed) out.addRules(name, chain);
  for (const [name, set] of after.sets) {
    const old = before.sets.get(name)?.elements;
    if (set.elements !== undefined)
      out.addElements(
        name,
        [...set.elements].filter(([key, verdict]) => old?.get(key) !== verdict),
      );
  }
  for (const name of goneChains) out.line(`delete chain ${table} ${name}`);
  for (const [name, set] of before.sets) if (!after.sets.has(name)) out.line(`delete ${set.kind} ${table} ${name}`);
  return out.text();
}

/**
 * A script that makes the table hold `after`, whatever is in it, keeping the affinity sets that stay: a restart of the
 * daemon must not send clients to other endpoints. `existing` undefined: throws the old table away first.
 */
export function fullScript(existing: TableNames | undefined, after: Ruleset): string {
  const table = `ip ${after.table}`;
  const out = new Script(table);
  out.line(`add table ${table}`);
  if (existing === undefined) out.line(`delete table ${table}`).line(`add table ${table}`);
  const have = existing ?? { chains: [], sets: [] };
  for (const [name, set] of after.sets) out.addSet(name, set);
  for (const [name, chain] of after.chains) out.addChain(name, chain);
  for (const name of new Set([...after.chains.keys(), ...have.chains])) out.line(`flush chain ${table} ${name}`);
  for (const [name, set] of after.sets) if (set.elements !== undefined) out.line(`flush ${set.kind} ${table} ${name}`);
  for (const { kind, name } of have.sets) if (!after.sets.has(name)) out.line(`flush ${kind} ${table} ${name}`);
  for (const [name, chain] of after.chains) out.addRules(name, chain);
  for (const [name, set] of after.sets) if (set.elements !== undefined) out.addElements(name, [...set.elements]);
  for (const name of have.chains) if (!after.chains.has(name)) out.line(`delete chain ${table} ${name}`);
  for (const { kind, name } of have.sets) if (!after.sets.has(name)) out.line(`delete ${kind} ${table} ${name}`);
  return out.text();
}

function sameChain(a: Chain | undefined, b: Chain): boolean {
  return a !== undefined && a.rules.length === b.rules.length && a.rules.every((rule, index) => rule === b.rules[index]);
}

class Script {
  readonly #table: string;
  readonly #lines: string[] = [];

  constructor(table: string) {
    this.#table = table;
  }

  line(text: string): this {
    this.#lines.push(text);
    return this;
  }

  addSet(name: string, set: NamedSet): void {
    this.line(`add ${set.kind} ${this.#table} ${name} { ${set.declaration}; }`);
  }

  addChain(name: string, chain: Chain): void {
    this.line(`add chain ${this.#table} ${name}${chain.hook === undefined ? '' : ` { ${chain.hook}; }`}`);
  }

  addRules(name: string, chain: Chain): void {
    for (const rule of chain.rules) this.line(`add rule ${this.#table} ${name} ${rule}`);
  }

  addElements(name: string, elements: readonly (readonly [string, string])[]): void {
    this.#elements(
      'add',
      name,
      elements.map(([key, verdict]) => (verdict === '' ? key : `${key} : ${verdict}`)),
    );
  }

  deleteElements(name: string, keys: readonly string[]): void {
    this.#elements('delete', name, keys);
  }

  #elements(verb: string, name: string, texts: readonly string[]): void {
    for (let at = 0; at < texts.length; at += BATCH)
      this.line(`${verb} element ${this.#table} ${name} { ${texts.slice(at, at + BATCH).join(', ')} }`);
  }

  text(): string {
    return this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`;
  }
}

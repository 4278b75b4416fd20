import { isEmptyRecord, isRecord, setKey } from '../store/json-value.ts';
import { type Atom, childAtom, deduced } from './atoms.ts';
import { itemElement } from './path-element.ts';

/**
 * The live object with the applied configuration over it: objects and maps merge by key, lists of items with keys and sets by item, and what
 * is atomic is the configuration's. Shares what it takes over with its arguments and changes neither. `undefined`: nothing is
 * left. Semantics: structured-merge-diff typed.Merge.
 */
export function mergeApplied(live: unknown, config: unknown, declared: Atom): unknown {
  if (config === undefined) return live;
  if (live === undefined && declared.form !== 'any') return config;
  const atom = deduced(declared, config ?? live);
  if (atom.atomic || live === undefined) return config;
  if (atom.form === 'list') {
    const [from, to] = [asList(live), asList(config)];
    return from.length === 0 && to.length === 0 ? config : orUndefined(mergeLists(from, to, atom));
  }
  const [from, to] = [asMap(live), asMap(config)];
  if (isEmptyRecord(from) && isEmptyRecord(to)) return config;
  return mergeMaps(from, to, atom);
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const asMap = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
const orUndefined = (list: unknown[]): unknown[] | undefined => (list.length === 0 ? undefined : list);

function mergeMaps(live: Record<string, unknown>, config: Record<string, unknown>, atom: Atom): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const key of Object.keys(live)) if (!Object.hasOwn(config, key)) setKey(merged, key, live[key]);
  for (const key of Object.keys(config)) {
    const child = childAtom(atom, key);
    const old = Object.hasOwn(live, key) ? live[key] : undefined;
    const value = child === undefined ? config[key] : mergeApplied(old, config[key], child);
    if (value !== undefined) setKey(merged, key, value);
  }
  return merged;
}

/**
 * The configuration's order counts among its own items; items that only the live list has stay where they were among those that
 * both have. Live duplicates stay until the configuration names them.
 */
function mergeLists(live: readonly unknown[], config: readonly unknown[], atom: Atom): unknown[] {
  const [left, right] = [live, config].map((list) => list.map((item) => itemElement(atom, item))) as [string[], string[]];
  const inConfig = new Map(right.map((element, i) => [element, config[i]]));
  const inLive = new Map<string, unknown>();
  // A duplicate's own content cannot be told apart: the configuration's replaces it.
  for (const [i, element] of left.entries()) inLive.set(element, inLive.has(element) ? undefined : live[i]);
  const shared = right.filter((element) => inLive.has(element));
  const merged: unknown[] = [];
  const taken = new Set<string>();
  // Of those in both, the first that has not been taken.
  let next = 0;
  const take = (element: string): void => {
    merged.push(mergeApplied(inLive.get(element), inConfig.get(element), atom.element!));
    taken.add(element);
    if (shared[next] === element) next++;
  };
  for (let l = 0, r = 0; l < left.length || r < right.length;) {
    const [mine, wanted] = [left[l], right[r]];
    if (mine !== undefined && mine === wanted) {
      take(mine);
      l++;
      r++;
    } else if (mine !== undefined && !inConfig.has(mine)) {
      merged.push(live[l++]);
    } else if (
      mine !== undefined &&
      (taken.has(mine) || (wanted !== undefined && shared[next] !== undefined && shared[next] !== mine))
    ) {
      // Its place is where the configuration has it.
      l++;
    } else if (wanted !== undefined) {
      take(wanted);
      r++;
    } else l++;
  }
  return merged;
}

/** Indexes out of their text, e.g. `1,3-5` (batch/v1 completedIndexes). What is no index below `limit` is left out. */
export function parseIndexes(text: string | undefined, limit: number): Set<number> {
  const found = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const [, from, to = from] = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part) ?? [];
    if (from === undefined) continue;
    for (let index = Number(from); index <= Number(to) && index < limit; index++) found.add(index);
  }
  return found;
}

/** The text of indexes, runs of three and more as a range, as two are in Kubernetes' too. */
export function formatIndexes(indexes: Iterable<number>): string {
  const parts: string[] = [];
  let first: number | undefined;
  let last = -2;
  const close = (): void => void (first !== undefined && parts.push(first === last ? String(first) : joined(first, last)));
  for (const index of [...indexes].toSorted((a, b) => a - b)) {
    if (index === last + 1) {
      last = index;
      continue;
    }
    close();
    first = last = index;
  }
  close();
  return parts.join(',');
}

const joined = (first: number, last: number): string => (last === first + 1 ? `${first},${last}` : `${first}-${last}`);

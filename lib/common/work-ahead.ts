/**
 * What `work` answers for each of `items`, in their order. Up to `limit` are at work while the caller looks at the one before, so what is not
 * used yet is bounded too. The first failure in their order is thrown.
 */
export async function* workAhead<T, R>(
  limit: number,
  items: Iterable<T>,
  work: (item: T) => Promise<R>,
): AsyncGenerator<readonly [T, R], void, void> {
  const begun: (readonly [T, Promise<R>])[] = [];
  const take = async (): Promise<readonly [T, R]> => {
    const [item, result] = begun.shift()!;
    return [item, await result];
  };
  for (const item of items) {
    const result = work(item);
    // Whoever comes before may fail first, and then nobody looks at this one.
    result.catch(() => undefined);
    begun.push([item, result]);
    if (begun.length >= limit) yield await take();
  }
  while (begun.length > 0) yield await take();
}

/** What all measurements of the API write: a ConfigMap of about 800 bytes as it is stored. */
export const COLLECTION = '/api/v1/namespaces/default/configmaps';

/** A ConfigMap as a client sends it, in JSON. */
export const configMap = (name: string, value: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { app: 'bench' } },
    data: { value, filler: 'x'.repeat(500) },
  });

/** Calls `work` for 0..count-1, `inFlight` at a time; returns calls per second. */
export async function perSecond(inFlight: number, count: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (count * 1000) / (performance.now() - began);
}

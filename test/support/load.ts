import { setTimeout as delay } from 'node:timers/promises';
import type { apiCaller } from './api-caller.ts';
import { httpGet } from './http-get.ts';
import { patient } from './patience.ts';

type ApiCaller = Awaited<ReturnType<typeof apiCaller>>;

/** Something that goes on until it is stopped, by `await using` at the latest. Stopping waits for its last round. */
export interface Load<T> extends AsyncDisposable {
  readonly results: T;
  stop(): Promise<void>;
}

function repeat<T>(results: T, pause: number, round: () => Promise<void>): Load<T> {
  const stopping = new AbortController();
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await round();
      await delay(pause);
    }
  })();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await loop;
  };
  return { results, stop, [Symbol.asyncDispose]: stop };
}

/** Creates config maps one after another; `results` holds the names that were acknowledged with 201. */
export function writeLoad(call: ApiCaller, namespace: string): Load<string[]> {
  const acknowledged: string[] = [];
  let n = 0;
  return repeat(acknowledged, 2, async () => {
    const name = `write-${n++}`;
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { n: String(n) } });
    const answer = await call('POST', `/api/v1/namespaces/${namespace}/configmaps`, { body }).catch(() => undefined);
    if (answer?.status === 201) acknowledged.push(name);
  });
}

export interface Outage {
  readonly at: number;
  readonly error: string;
}

/** Asks a URL every 20 ms; `results` holds what failed. */
export function readLoad(url: string, token: string): Load<Outage[]> {
  const outages: Outage[] = [];
  return repeat(outages, 20, async () => {
    try {
      const answer = await httpGet(url, patient(2_000));
      if (!answer.includes(token)) outages.push({ at: Date.now(), error: `answered ${answer}` });
    } catch (error) {
      outages.push({ at: Date.now(), error: String(error) });
    }
  });
}

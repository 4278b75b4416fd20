import { readText, createTransport } from '../client/http-transport.ts';
import { resourcePath } from '../client/resource-path.ts';
import type { GitContext } from './git-context.ts';
import type { Pod, PodTrouble } from './pod-trouble.ts';
import { may, type Repository } from './repository.ts';

/** How many lines are shown, and bytes of them: what Node and Python print when they crash is some fifteen lines. */
const LINES = 20;
const BYTES = 8192;
/** Silence after which the log is given up, in ms. */
const TIMEOUT = 5_000;

/** The end of a container's log, for whoever may read it; no lines where there is none. */
export type LastLines = (pod: Pod, trouble: PodTrouble, signal: AbortSignal) => Promise<readonly string[]>;

/** It is read as the git server's own account, and shown to whoever may read it himself. */
export function lastLines({ pod: gitPod }: Pick<GitContext, 'pod'>, { client }: Pick<Repository, 'client'>): LastLines {
  return async ({ metadata }, { container, crashed }, signal) => {
    if (container === undefined) return [];
    const pod = { group: '', resource: 'pods', subresource: 'log', namespace: metadata.namespace!, name: metadata.name! };
    const query = { container, tailLines: String(LINES), limitBytes: String(BYTES), ...(crashed ? { previous: 'true' } : {}) };
    try {
      if (!(await may(client, { ...pod, verb: 'get' }))) return [];
      const transport = createTransport(await gitPod.server());
      try {
        const path = `${resourcePath({ ...pod, version: 'v1' })}?${new URLSearchParams(query)}`;
        const log = await readText(await transport.open({ method: 'GET', path, timeout: TIMEOUT, streaming: true, signal }));
        return log
          .split('\n')
          .map((line) => line.trimEnd())
          .filter((line) => line !== '');
      } finally {
        transport.close();
      }
    } catch {
      // The log may be gone, or its node: what the pod says of itself is told without it.
      return [];
    }
  };
}

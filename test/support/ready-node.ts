import assert from 'node:assert/strict';
import type { Client } from '../../lib/platform/client/client.ts';
import type { Node } from '../../lib/platform/controllers/core-types.ts';
import { NODES } from '../../lib/platform/controllers/resources.ts';
import { eventually } from './eventually.ts';

/** How often it is heard, in ms: well within the time after which a node counts as lost, however long a test takes. */
const BEAT = 5_000;

/** A node on paper that is ready for pods, and says so until it is disposed of. Nobody runs them. */
export async function startReadyNode(client: Client, name: string): Promise<Disposable> {
  const ref = { ...NODES, name };
  const allocatable = { cpu: '4', memory: '8Gi', pods: '110' };
  const beat = (): Promise<unknown> => {
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: new Date().toISOString() };
    const status = { allocatable, capacity: allocatable, conditions: [ready] };
    return client.patch({ ...ref, subresource: 'status' }, 'application/merge-patch+json', { status });
  };
  await client.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name } });
  await beat();
  // Before it was heard to be ready, it may have been marked as not: pods that come sooner are told to wait.
  await eventually(async () => assert.deepEqual((await client.get<Node>(ref)).spec?.taints ?? [], []));
  const beating = setInterval(() => void beat().catch(() => undefined), BEAT);
  return { [Symbol.dispose]: () => clearInterval(beating) };
}

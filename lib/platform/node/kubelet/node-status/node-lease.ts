import type { KubeObject } from '../../../api/meta.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../../api/status-error.ts';
import type { Client } from '../../../client/client.ts';

const LEASES = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespace: 'kube-node-lease' } as const;
const DURATION_S = 40;

/** metav1.MicroTime. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

/** The node's heartbeat (coordination.k8s.io Lease). Costs the API less than a status; its absence makes the node NotReady. */
export class NodeLease {
  readonly #client: Client;
  readonly #name: string;
  #lease: KubeObject | undefined;

  constructor(client: Client, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** Rejects when the API does not take it; the next beat tries again. */
  async renew(now: number, nodeUid: string | undefined): Promise<void> {
    const ref = { ...LEASES, name: this.#name };
    for (let attempt = 0; ; attempt++) {
      try {
        this.#lease =
          this.#lease === undefined
            ? await this.#client.create({ ...LEASES }, this.#renewed(undefined, now, nodeUid))
            : await this.#client.update(ref, this.#renewed(this.#lease, now, nodeUid));
        return;
      } catch (error) {
        if (attempt === 2) throw error;
        if (isNotFound(error) && this.#lease !== undefined) this.#lease = undefined;
        else if (isAlreadyExists(error) || isConflict(error)) this.#lease = await this.#client.get(ref);
        else throw error;
      }
    }
  }

  #renewed(lease: KubeObject | undefined, now: number, nodeUid: string | undefined): KubeObject {
    const owner = { apiVersion: 'v1', kind: 'Node', name: this.#name };
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        ...(lease?.metadata ?? { name: this.#name, namespace: LEASES.namespace }),
        ...(nodeUid === undefined ? {} : { ownerReferences: [{ ...owner, uid: nodeUid }] }),
      },
      spec: { holderIdentity: this.#name, leaseDurationSeconds: DURATION_S, renewTime: microTime(now) },
    };
  }
}

import type { Clock } from '../../../../common/clock.ts';
import { errorText } from '../../../../common/errors.ts';
import type { Log } from '../../../../common/log.ts';
import { type Backoff, backoffDelay } from '../../../../common/retry.ts';
import type { KubeObject } from '../../../api/meta.ts';
import { isAlreadyExists, isNotFound } from '../../../api/status-error.ts';
import type { Client } from '../../../client/client.ts';
import { NodeLease } from './node-lease.ts';
import { newNode, nodeAnnotationsOf, nodeLabelsOf, nodeStatus, type NodeCondition, type NodeFacts } from './node-object.ts';

const NODES = { group: '', version: 'v1', resource: 'nodes' } as const;
/** nodeStatusUpdateFrequency: how often we look; nodeStatusReportFrequency: how often an unchanged status is written. */
const LOOK_MS = 10_000;
const REPORT_MS = 300_000;
const RETRY: Backoff = { base: 100, cap: 7_000 };

export interface NodeReporterOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeName: string;
  /** What is true now. */
  readonly facts: () => Promise<NodeFacts>;
}

/** Registers the node, keeps its status and its lease fresh. */
export class NodeReporter {
  readonly #options: NodeReporterOptions;
  readonly #lease: NodeLease;
  #node: KubeObject | undefined;
  #reported = '';
  #reportedAt = -Infinity;
  #lookNow: () => void = () => undefined;

  constructor(options: NodeReporterOptions) {
    this.#options = options;
    this.#lease = new NodeLease(options.client, options.nodeName);
  }

  /** Until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#register();
        break;
      } catch (error) {
        log.warn({ error: errorText(error) }, 'node not registered');
        await clock.sleep(backoffDelay(RETRY, failures++), signal).catch(() => undefined);
      }
    }
    await Promise.all([this.#beat(signal), this.#report(signal)]);
  }

  /** Something that the status shows has changed. */
  refresh(): void {
    this.#lookNow();
  }

  async #register(): Promise<void> {
    const { client, nodeName, log } = this.#options;
    const facts = await this.#options.facts();
    try {
      this.#node = await client.create(NODES, newNode(facts));
      log.info({ node: nodeName }, 'node registered');
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const ref = { ...NODES, name: nodeName };
      const known = await client.get(ref);
      const spec = known['spec']?.podCIDR === undefined ? { spec: { podCIDR: facts.podCIDR, podCIDRs: [facts.podCIDR] } } : {};
      const body = { metadata: { labels: nodeLabelsOf(nodeName), annotations: nodeAnnotationsOf(facts) }, ...spec };
      this.#node = await client.patch(ref, 'application/merge-patch+json', body);
    }
    await this.#writeStatus(facts);
  }

  async #beat(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      await this.#lease.renew(clock.now(), this.#node?.metadata.uid).catch((error: unknown) => {
        log.warn({ error: errorText(error) }, 'node lease not renewed');
      });
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  async #report(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    while (!signal.aborted) {
      await this.#pause(signal);
      if (signal.aborted) return;
      try {
        const facts = await this.#options.facts();
        const due = clock.monotonic() - this.#reportedAt >= REPORT_MS;
        if (due || essence(facts) !== this.#reported) await this.#writeStatus(facts);
      } catch (error) {
        log.warn({ error: errorText(error) }, 'node status not written');
      }
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    const awake = new AbortController();
    this.#lookNow = (): void => awake.abort();
    await this.#options.clock.sleep(LOOK_MS, AbortSignal.any([signal, awake.signal])).catch(() => undefined);
  }

  async #writeStatus(facts: NodeFacts): Promise<void> {
    const { client, nodeName } = this.#options;
    const ref = { ...NODES, name: nodeName };
    try {
      // Others' conditions are in the list that we replace: read it first.
      this.#node = await client.get(ref);
    } catch (error) {
      // An administrator has deleted the node: it comes back only with a new kubelet.
      if (isNotFound(error)) return;
      throw error;
    }
    const known = ((this.#node['status'] as { conditions?: NodeCondition[] } | undefined)?.conditions ?? []) as NodeCondition[];
    const status = nodeStatus(facts, known);
    this.#node = await client.patch({ ...ref, subresource: 'status' }, 'application/merge-patch+json', { status });
    this.#reported = essence(facts);
    this.#reportedAt = this.#options.clock.monotonic();
  }
}

/** Everything but the time. */
const essence = (facts: NodeFacts): string => JSON.stringify({ ...facts, now: 0 });

import type { KubeObject, WatchEvent } from '../../../../lib/platform/api/meta.ts';
import type { Client } from '../../../../lib/platform/client/client.ts';
import { followRollout } from '../../../../lib/platform/git/rollout-report.ts';
import type { Repository } from '../../../../lib/platform/git/repository.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import type { MemoryPlatform } from '../../../support/memory-platform.ts';

const PODS = { group: '', version: 'v1', resource: 'pods', namespace: 'default' } as const;
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'default' } as const;

const image = (version: string): string => `registry.example/default/shop@sha256:${version.repeat(64)}`;

/** An application whose first version serves, if any; its pods are the test's to bring along. */
export async function deployed(platform: MemoryPlatform, name: string, spec: object = {}): Promise<PushedApp> {
  const labels = { app: name, 'app.kubernetes.io/managed-by': 'openshift-app' };
  await platform.local.create(DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      selector: { matchLabels: { deployment: name } },
      template: {
        metadata: { labels: { ...labels, deployment: name } },
        // No scheduler of ours looks at it.
        spec: {
          schedulerName: 'the-test',
          containers: [{ name, image: image('a'), readinessProbe: { tcpSocket: { port: 8080 } } }],
        },
      },
      ...spec,
    },
  } as unknown as KubeObject);
  return new PushedApp(platform, name);
}

/** One application, what its node says, and what whoever pushes is told. */
export class PushedApp {
  readonly clock = new FakeClock(Date.now());
  /** What was told so far. */
  text = '';
  /** Watches that are open. */
  watches = 0;
  /** Whose logs were asked for: `shop, crashed`. */
  readonly logs: string[] = [];
  readonly #platform: MemoryPlatform;
  readonly #name: string;

  constructor(platform: MemoryPlatform, name: string) {
    this.#platform = platform;
    this.#name = name;
  }

  /** The version is rolled out from now on; what is told of it, and when that is over. */
  async push(version: string, signal: AbortSignal = new AbortController().signal): Promise<{ told: Promise<void> }> {
    const { local } = this.#platform;
    const path = '/spec/template/spec/containers/0/image';
    await local.patch({ ...DEPLOYMENTS, name: this.#name }, 'application/json-patch+json', [
      { op: 'replace', path, value: image(version) },
    ]);
    const config = { metadata: { name: this.#name, namespace: 'default' } };
    const repository = { client: this.#counting(local), config } as unknown as Repository;
    const told = followRollout(repository, `sha256:${version.repeat(64)}`, {
      tell: async (more) => void (this.text += more),
      signal,
      clock: this.clock,
      lastLines: async (_, { container, crashed }) => {
        if (container === undefined) return [];
        this.logs.push(`${container}${crashed ? ', crashed' : ''}`);
        return ['Error: Cannot find module "express"', '    at server.js:1'];
      },
    });
    return { told };
  }

  /** The pod of a version, once there is one. */
  pod(version: string): Promise<KubeObject> {
    return eventually(async () => {
      const { items } = await this.#platform.local.list(PODS, { labelSelector: `deployment=${this.#name}` });
      const found = items.find(({ spec }) => spec.containers[0].image === image(version));
      if (found === undefined) throw new Error(`no pod of version ${version}`);
      return found;
    });
  }

  /** What a kubelet or a scheduler would say of it. */
  async report(version: string, state: object, conditions: readonly object[] = []): Promise<string> {
    const { metadata } = await this.pod(version);
    const container = { name: this.#name, ready: false, restartCount: 0, image: image(version), imageID: '', ...state };
    const status = { phase: 'Running', conditions, containerStatuses: [container] };
    const ref = { ...PODS, name: metadata.name!, subresource: 'status' };
    await this.#platform.local.patch(ref, 'application/merge-patch+json', { status });
    return metadata.name!;
  }

  ready(version: string): Promise<string> {
    const lastTransitionTime = new Date(Date.now() - 1_000).toISOString();
    const state = { ready: true, state: { running: { startedAt: lastTransitionTime } } };
    return this.report(version, state, [{ type: 'Ready', status: 'True', lastTransitionTime }]);
  }

  #counting(client: Client): Client {
    const count = (by: number): number => (this.watches += by);
    return {
      ...client,
      async *watch<T extends KubeObject>(...args: Parameters<Client['watch']>): AsyncGenerator<WatchEvent<T>> {
        count(1);
        try {
          yield* client.watch<T>(...args);
        } finally {
          count(-1);
        }
      },
    };
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import { type HttpClient, httpClient } from '../../../lib/platform/client/http-client.ts';
import { readKubeconfig } from '../../../lib/platform/pki/kubeconfig.ts';
import { median } from '../harness.ts';

const NAMESPACE = 'bench';

/** What happens between a push and its answer, in this order. */
const STEPS = [
  'build created',
  'git-clone runs',
  'git-clone has ended',
  'sti-build runs',
  'image pushed, and a tag of the image stream',
  'pod of the new version',
  'its container runs',
  'it is ready',
  'its URL answers',
] as const;
type Step = (typeof STEPS)[number];

const KINDS = {
  builds: { group: 'build.openshift.io', version: 'v1', resource: 'builds' },
  pods: { group: '', version: 'v1', resource: 'pods' },
  imagestreams: { group: 'image.openshift.io', version: 'v1', resource: 'imagestreams' },
} as const;

interface Container {
  readonly ready?: boolean;
  readonly state?: { readonly running?: object; readonly terminated?: object };
}

/** Watches pushes of a benchmark's applications, as any client could. */
export class PushTimeline implements AsyncDisposable {
  /** Steps of each push, in ms from its beginning. */
  readonly #pushes: ReadonlyMap<Step, number>[] = [];
  readonly #client: HttpClient;
  readonly #ending = new AbortController();
  readonly #watches: Promise<unknown>;
  /** Of the push that runs. */
  #seen: Map<Step, number> | undefined;
  #began = 0;
  /** Objects that were there before it. */
  readonly #known = new Set<string>();

  private constructor(client: HttpClient) {
    this.#client = client;
    const watches = Object.values(KINDS).map((kind) => this.#watch(kind));
    this.#watches = Promise.all(watches);
  }

  static async open(kubeconfigPath: string): Promise<PushTimeline> {
    return new PushTimeline(httpClient(await readKubeconfig(kubeconfigPath)));
  }

  /** A push begins. */
  begin(): void {
    this.#seen = new Map();
    this.#began = performance.now();
  }

  /** Its URL has answered. */
  answered(): void {
    this.#note('its URL answers');
    if (this.#seen !== undefined) this.#pushes.push(this.#seen);
    this.#seen = undefined;
  }

  /** Medians, and what each step took after the one before. */
  format(title: string): string {
    const rows = STEPS.map((step) => {
      const times = this.#pushes.flatMap((push) => push.get(step) ?? []);
      const took = this.#pushes.flatMap((push) => (push.has(step) ? push.get(step)! - before(push, step) : []));
      return times.length === 0 ? '' : `  ${fixed(median(times))}  ${`+${median(took).toFixed(0)}`.padStart(6)}  ${step}`;
    });
    this.#pushes.length = 0;
    return [title, ...rows.filter((row) => row !== '')].join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#watches;
    this.#client.close();
  }

  #note(step: Step): void {
    if (this.#seen?.has(step) === false) this.#seen.set(step, performance.now() - this.#began);
  }

  async #watch(kind: (typeof KINDS)[keyof typeof KINDS]): Promise<void> {
    const { signal } = this.#ending;
    for (; !signal.aborted; await delay(100)) {
      try {
        for await (const { type, object } of this.#client.watch({ ...kind, namespace: NAMESPACE }, { signal }))
          if (type === 'ADDED' || type === 'MODIFIED') this.#look(kind.resource, object);
      } catch {
        // The platform ends with the benchmark.
      }
    }
  }

  #look(resource: keyof typeof KINDS, { metadata, status }: KubeObject): void {
    const key = `${resource}/${metadata.uid}`;
    if (this.#seen === undefined) {
      this.#known.add(key);
      return;
    }
    if (resource === 'imagestreams') this.#note('image pushed, and a tag of the image stream');
    if (this.#known.has(key)) return;
    if (resource === 'builds') this.#note('build created');
    if (resource !== 'pods') return;
    const [main] = (status?.containerStatuses ?? []) as Container[];
    const [init] = (status?.initContainerStatuses ?? []) as Container[];
    if (metadata.name!.endsWith('-build')) {
      if (init?.state?.running !== undefined) this.#note('git-clone runs');
      if (init?.state?.terminated !== undefined) this.#note('git-clone has ended');
      if (main?.state?.running !== undefined) this.#note('sti-build runs');
    } else {
      this.#note('pod of the new version');
      if (main?.state?.running !== undefined) this.#note('its container runs');
      if (main?.ready === true) this.#note('it is ready');
    }
  }
}

/** When the step before was seen, if any was. */
const before = (push: ReadonlyMap<Step, number>, step: Step): number =>
  STEPS.slice(0, STEPS.indexOf(step)).reduce((at, each) => push.get(each) ?? at, 0);

const fixed = (ms: number): string => ms.toFixed(0).padStart(6);

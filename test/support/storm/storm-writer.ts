import type { KubeObject } from '../../../lib/platform/api/meta.ts';
import type { Client } from '../../../lib/platform/client/client.ts';

export const CONFIG_MAPS = { group: '', version: 'v1', resource: 'configmaps', namespace: 'default' } as const;
/** Objects that one writer has at a time. */
const OWN = 20;

/** What became of one object: its value, undefined when it is gone, at the revision that the answer told. */
interface Known {
  readonly value: string | undefined;
  readonly revision: number;
}

/** Creates, raises and deletes objects of its own, one call after the other, and remembers what was answered. */
export class StormWriter {
  readonly #client: Client;
  readonly #prefix: string;
  readonly #known = new Map<string, Known>();
  /** The call that got no answer: it may have been done. */
  #pending: { readonly name: string; readonly value: string | undefined } | undefined;
  #step = 0;
  acknowledged = 0;
  newest = 0;
  /** Revisions of creates and updates since the last look. */
  readonly revisions: number[] = [];

  constructor(client: Client, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  /** Writes until a call gets no answer, or `signal` says so. */
  async write(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const name = `${this.#prefix}-${this.#step % OWN}`;
      const known = this.#known.get(name);
      const value = known?.value !== undefined && this.#step % 7 === 0 ? undefined : `${this.#step}`;
      this.#step++;
      this.#pending = { name, value };
      let revision: number;
      try {
        revision = await this.#send(name, known, value);
      } catch {
        return;
      }
      this.#pending = undefined;
      this.#known.set(name, { value, revision });
      this.acknowledged++;
    }
  }

  async #send(name: string, known: Known | undefined, value: string | undefined): Promise<number> {
    const ref = { ...CONFIG_MAPS, name };
    if (value === undefined) {
      await this.#client.delete(ref);
      return 0;
    }
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, labels: { storm: 'true' } },
      data: { value },
    };
    if (known?.value !== undefined) object.metadata.resourceVersion = String(known.revision);
    const written = await (known?.value === undefined
      ? this.#client.create(CONFIG_MAPS, object)
      : this.#client.update(ref, object));
    const revision = Number(written.metadata.resourceVersion);
    this.revisions.push(revision);
    this.newest = Math.max(this.newest, revision);
    return revision;
  }

  /** What is wrong with the objects that the API has now, which become what is known. */
  judge(objects: ReadonlyMap<string, Known>): string[] {
    const wrong: string[] = [];
    for (const [name, { value, revision }] of this.#known) {
      const found = objects.get(name);
      const same = found?.value === value && (value === undefined || found?.revision === revision);
      const late = this.#pending?.name === name && found?.value === this.#pending.value;
      if (!same && !late)
        wrong.push(`${name} was ${value} at ${revision} when it was answered, and is ${found?.value} at ${found?.revision}`);
    }
    for (const [name, found] of objects) {
      if (!name.startsWith(`${this.#prefix}-`)) continue;
      if (!this.#known.has(name) && this.#pending?.name !== name) wrong.push(`${name} was never written`);
      this.#known.set(name, found);
    }
    for (const name of this.#known.keys()) if (!objects.has(name)) this.#known.delete(name);
    this.#pending = undefined;
    return wrong;
  }
}

import { isNotFound } from '../../api/status-error.ts';
import type { Client } from '../../client/client.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { ConfigSource } from './containers/environment.ts';

type Content = ReadonlyMap<string, Buffer>;

/** How many objects are remembered for the time when the API cannot be asked. */
const REMEMBERED = 1000;

/**
 * Config maps and secrets from the API: asked each time, since a pod that starts must see what was written a moment ago.
 * While the API is away the last known content serves, so that a container may be restarted.
 */
export class ApiConfigSource implements ConfigSource {
  readonly #client: Client;
  readonly #known = new Map<string, Content>();
  readonly #asking = new Map<string, Promise<Content | undefined>>();

  constructor(client: Client) {
    this.#client = client;
  }

  configMap(namespace: string, name: string): Promise<Content | undefined> {
    return this.#once('configmaps', namespace, name);
  }

  secret(namespace: string, name: string): Promise<Content | undefined> {
    return this.#once('secrets', namespace, name);
  }

  #once(resource: 'configmaps' | 'secrets', namespace: string, name: string): Promise<Content | undefined> {
    const key = `${resource}/${namespace}/${name}`;
    const running = this.#asking.get(key);
    if (running !== undefined) return running;
    const asking = this.#ask(key, resource, namespace, name).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  async #ask(key: string, resource: 'configmaps' | 'secrets', namespace: string, name: string): Promise<Content | undefined> {
    try {
      const object = await this.#client.get({ group: '', version: 'v1', resource, namespace, name });
      const content = resource === 'secrets' ? secretContent(object) : configMapContent(object);
      this.#remember(key, content);
      return content;
    } catch (error) {
      if (isNotFound(error)) {
        this.#known.delete(key);
        return undefined;
      }
      const known = this.#known.get(key);
      if (known === undefined) throw error;
      return known;
    }
  }

  #remember(key: string, content: Content): void {
    this.#known.delete(key);
    this.#known.set(key, content);
    if (this.#known.size > REMEMBERED) this.#known.delete(this.#known.keys().next().value!);
  }
}

const decode = (data: unknown, encoding: 'utf8' | 'base64'): [string, Buffer][] =>
  Object.entries((data ?? {}) as Record<string, string>).map(([key, value]) => [key, Buffer.from(value, encoding)]);

const configMapContent = (object: KubeObject): Content =>
  new Map([...decode(object['data'], 'utf8'), ...decode(object['binaryData'], 'base64')]);

const secretContent = (object: KubeObject): Content => new Map(decode(object['data'], 'base64'));

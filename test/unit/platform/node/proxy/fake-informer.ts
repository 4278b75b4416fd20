import type { KubeObject } from '../../../../../lib/platform/api/meta.ts';
import type { InformerHandler } from '../../../../../lib/platform/client/informer.ts';
import type { Lister } from '../../../../../lib/platform/client/lister.ts';

/** A cache that the test fills by hand. */
export class FakeInformer {
  readonly #objects = new Map<string, KubeObject>();
  readonly #handlers: InformerHandler[] = [];
  readonly lister: Lister = {
    get: (namespace, name) => this.#objects.get(`${namespace}/${name}`),
    byKey: (key) => this.#objects.get(key),
    list: () => [...this.#objects.values()],
    controlledBy: () => [],
  };

  addHandler(handler: InformerHandler): void {
    this.#handlers.push(handler);
    for (const object of this.#objects.values()) handler.added?.(object);
  }

  async synced(): Promise<void> {
    // The test has filled it.
  }

  hasSynced(): boolean {
    return true;
  }

  set(object: KubeObject): void {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const handler of this.#handlers) {
      if (old === undefined) handler.added?.(object);
      else handler.updated?.(object, old);
    }
  }

  delete(namespace: string, name: string): void {
    const old = this.#objects.get(`${namespace}/${name}`);
    this.#objects.delete(`${namespace}/${name}`);
    if (old !== undefined) for (const handler of this.#handlers) handler.deleted?.(old);
  }
}

export interface PortSpec {
  readonly name?: string;
  readonly protocol?: string;
  readonly port: number;
  readonly target: number;
  readonly nodePort?: number;
}

export function service(
  name: string,
  clusterIP: string,
  ports: readonly PortSpec[],
  spec: Record<string, unknown> = {},
  annotations: Readonly<Record<string, string>> = {},
): KubeObject {
  const specPorts = ports.map(({ target: _target, ...port }) => ({ protocol: 'TCP', ...port }));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name, annotations },
    spec: { clusterIP, ports: specPorts, ...spec },
  };
}

export function endpoints(name: string, ips: readonly string[], ports: readonly PortSpec[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { namespace: 'default', name },
    subsets: [
      {
        addresses: ips.map((ip) => ({ ip })),
        ports: ports.map((port) => ({
          ...(port.name && { name: port.name }),
          port: port.target,
          protocol: port.protocol ?? 'TCP',
        })),
      },
    ],
  };
}

import { type Log, silentLog } from '../../lib/common/log.ts';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import type { GroupVersionResource } from '../../lib/platform/api/verbs.ts';
import { inProcessClient } from '../../lib/platform/client/in-process-client.ts';
import { runControllers } from '../../lib/platform/controllers/controller-runner.ts';
import type { ControllerDefinition } from '../../lib/platform/controllers/define-controller.ts';
import { FakeVerbs } from './fake-verbs.ts';

/** Controllers at work on a FakeVerbs, until disposed. */
export interface ControllerRig extends AsyncDisposable {
  readonly verbs: FakeVerbs;
  /** Objects of a kind, by name. */
  list<T extends KubeObject>(of: GroupVersionResource, namespace?: string): Promise<T[]>;
  /** Creates where the object's namespace says. */
  create<T extends KubeObject>(of: GroupVersionResource, object: KubeObject): Promise<T>;
  /** Changes the object's status as its owner would. */
  setStatus(of: GroupVersionResource, object: KubeObject, status: object): Promise<KubeObject>;
  /** `reason message` of all events, oldest first. */
  events(): Promise<string[]>;
}

export function startControllers(
  definitions: readonly ControllerDefinition[],
  verbs = new FakeVerbs(),
  log: Log = silentLog,
): ControllerRig {
  const stop = new AbortController();
  const running = runControllers(definitions, {
    client: inProcessClient(verbs, 'system:openshift-master'),
    log,
    clock: verbs.clock,
    signal: stop.signal,
  });
  const where = (of: GroupVersionResource, namespace: string | undefined): GroupVersionResource & { namespace?: string } =>
    namespace === undefined ? of : { ...of, namespace };
  return {
    verbs,
    list: async <T extends KubeObject>(of: GroupVersionResource, namespace?: string) => {
      const { items } = await verbs.list<T>(where(of, namespace));
      return items.toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
    },
    create: (of, object) => verbs.create(where(of, object.metadata.namespace), object),
    setStatus: async (of, { metadata }, status) => {
      const ref = { ...where(of, metadata.namespace), name: metadata.name! };
      const live = await verbs.get(ref);
      return verbs.update({ ...ref, subresource: 'status' }, { ...live, status: { ...live['status'], ...status } });
    },
    events: async () => {
      const { items } = await verbs.list({ group: '', version: 'v1', resource: 'events' });
      return items.map((event) => `${event['reason']} ${event['message']}`);
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}

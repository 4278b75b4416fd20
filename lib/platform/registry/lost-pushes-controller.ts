import { errorText } from '../../common/errors.ts';
import type { KubeObject } from '../api/meta.ts';
import { type ControllerDefinition, defineController, type ReconcileContext } from '../controllers/define-controller.ts';
import { ENDPOINTS } from '../controllers/resources.ts';
import { isFinal } from './events-endpoint.ts';
import type { RegistryConnection } from './registry-connection.ts';
import { REGISTRY_NAME, REGISTRY_NAMESPACE } from './registry-settings.ts';
import type { Pushed } from './take-in.ts';

const KEY = 'registry';
/** Nothing is lost while the registry runs: this is for what nobody has thought of. */
const AGAIN = 10 * 60_000;
/** Its endpoint is there a moment before the way to it. */
const SOON = 500;

export interface LostPushesOptions {
  readonly connection: RegistryConnection;
  isKnown(pushed: Pushed): Promise<boolean>;
  takeIn(pushed: Pushed): Promise<boolean>;
}

/**
 * Finds pushes that the registry had answered before it was killed and could not tell of: whenever it is there again it is asked for its
 * tags. What was told of once is not told of again, so a tag that somebody has taken away stays away.
 */
export function lostPushesController({ connection, isKnown, takeIn }: LostPushesOptions): ControllerDefinition {
  return defineController({
    name: 'registry-lost-pushes-controller',
    watches: [
      {
        of: ENDPOINTS,
        map: ({ metadata }) => (metadata.namespace === REGISTRY_NAMESPACE && metadata.name === REGISTRY_NAME ? [KEY] : []),
        changed: (object, old) => addressesOf(object) !== addressesOf(old),
      },
    ],
    async reconcile(_key, { lister, log, signal }: ReconcileContext) {
      const endpoints = lister(ENDPOINTS).get(REGISTRY_NAMESPACE, REGISTRY_NAME);
      if (endpoints === undefined || addressesOf(endpoints) === '') return;
      if (!(await connection.answers())) return { requeueAfter: SOON };
      const look = async (repository: string, tag: string): Promise<void> => {
        const pushed = { repository, tag, digest: await connection.digestOf(repository, tag) };
        if (await isKnown(pushed)) return;
        if (await takeIn(pushed)) log.info(pushed, 'found a push that nobody had been told of');
      };
      // What is wrong with one is its owner's matter: those behind it are looked for all the same.
      const unlessFinal = async <T>(where: object, run: () => Promise<T>): Promise<T | undefined> => {
        try {
          return await run();
        } catch (error) {
          if (!isFinal(error)) throw error;
          log.debug({ ...where, error: errorText(error) }, 'what the registry has there belongs to nothing that is here');
          return undefined;
        }
      };
      for await (const repository of connection.repositories())
        for (const tag of (await unlessFinal({ repository }, () => connection.tags(repository))) ?? []) {
          if (signal.aborted) return;
          await unlessFinal({ repository, tag }, () => look(repository, tag));
        }
      return { requeueAfter: AGAIN };
    },
  });
}

/** Those that are ready. */
const addressesOf = (endpoints: KubeObject): string =>
  ((endpoints['subsets'] ?? []) as { addresses?: { ip: string }[] }[])
    .flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip))
    .sort()
    .join();

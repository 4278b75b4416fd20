import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import { registryHost } from '../api/image/internal-registry.ts';
import type { Mount } from '../api/mount.ts';
import type { Client } from '../client/client.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import type { ControllerDefinition } from '../controllers/define-controller.ts';
import { fullDiskOf } from '../components/full-disk.ts';
import { answerEvents } from './events-endpoint.ts';
import { lostPushesController } from './lost-pushes-controller.ts';
import { prunedImagesController } from './pruned-images-controller.ts';
import { pullSecretController } from './pull-secret-controller.ts';
import { takeBack } from './refused-push.ts';
import { RegistryConnection } from './registry-connection.ts';
import { registryController } from './registry-controller.ts';
import { EVENTS_PATH, REGISTRY_NAMESPACE, REGISTRY_PODS, type RegistrySettings } from './registry-settings.ts';
import { isKnown, type Pushed, takeIn } from './take-in.ts';
import { tokenEndpoint } from './token-endpoint.ts';
import { tokenIssuer } from './token-issuer.ts';

export interface RegistryOptions {
  readonly settings: RegistrySettings;
  /** As the user of role system:openshift:registry. */
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
}

/** The platform's registry: what the API's port answers for it, and what keeps it there. */
export interface Registry {
  readonly endpoints: readonly Mount[];
  readonly controllers: readonly ControllerDefinition[];
}

/**
 * CNCF Distribution in a pod, with the platform's users, projects and rights (docs/adr/0015-registry.md). It keeps blobs and manifests; who
 * may what, and what a tag is, the API says.
 */
export function createRegistry({ settings, client, clock, log }: RegistryOptions): Registry {
  const issue = tokenIssuer(settings.tokens, clock);
  const host = (): Promise<string | undefined> => registryHost(client);
  const connection = new RegistryConnection({ issue, caPem: settings.caPem, host });
  const recorder = createEventRecorder(client, { component: 'registry', clock, log });
  const tell = async (pushed: Pushed): Promise<boolean> => {
    try {
      return await takeIn({ client, connection, host }, pushed);
    } catch (error) {
      await takeBack({ client, connection, recorder, log }, pushed, error);
      throw error;
    }
  };
  return {
    endpoints: [
      tokenEndpoint({ client, issue, fullDisk: () => fullDiskOf(client, REGISTRY_NAMESPACE, REGISTRY_PODS) }),
      {
        path: EVENTS_PATH,
        credentials: 'own',
        handle: (request, response) => answerEvents({ client, log, takeIn: tell }, request, response),
      },
    ],
    controllers: [
      registryController(settings),
      lostPushesController({ connection, isKnown: (pushed) => isKnown(client, pushed), takeIn: tell }),
      prunedImagesController({ client, connection }),
      pullSecretController(),
    ],
  };
}

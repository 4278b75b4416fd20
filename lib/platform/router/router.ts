import type { Clock } from '../../common/clock.ts';
import type { Log } from '../../common/log.ts';
import type { Client } from '../client/client.ts';
import { runControllers } from '../controllers/controller-runner.ts';
import type { ControllerDefinition } from '../controllers/define-controller.ts';
import { routeController } from './route-controller.ts';
import { routerController } from './router-controller.ts';
import type { RouterSettings } from './router-settings.ts';

export interface RouterOptions {
  readonly settings: RouterSettings;
  /** As the user of role system:router. */
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
}

/** What keeps the router's pod there: it has rights of its own. */
export const routerControllers = (settings: RouterSettings): readonly ControllerDefinition[] => [routerController(settings)];

/**
 * The router's program: a Client, and a folder that it shares with HAProxy (docs/adr/0016-router.md). Runs until the signal aborts; never
 * rejects.
 */
export const runRouter = ({ settings, client, clock, log }: RouterOptions, signal: AbortSignal): Promise<void> =>
  runControllers([routeController(settings)], { client, clock, log, signal });

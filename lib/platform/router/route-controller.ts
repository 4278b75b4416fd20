import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Route } from '../api/route/route-types.ts';
import { isConflict, isNotFound } from '../api/status-error.ts';
import { keyOf } from '../client/object-store.ts';
import {
  type ControllerDefinition,
  defineController,
  type ReconcileContext,
  type ReconcileResult,
} from '../controllers/define-controller.ts';
import { ENDPOINT_SLICES, refTo, ROUTES } from '../controllers/resources.ts';
import { sameJson } from '../controllers/same-json.ts';
import { judgeClaims, type Claims, type Refusal } from './claims.ts';
import { ConfigFolder } from './config-folder.ts';
import { reload, type Reloaded } from './master-socket.ts';
import { render, slicesByService, unfitness } from './render.ts';
import { withVerdict } from './route-status.ts';
import { MASTER_SOCKET, ROUTER_NAME, RUN_DIR, type RouterSettings } from './router-settings.ts';
import type { SlicesOf } from './servers.ts';

const KEY = 'routes';
/** All that changes within it is one reload. */
const SHORTEST_INTERVAL = 500;
/** In the status of routes that only HAProxy itself finds something wrong with. */
const REFUSES = 'HAProxy refuses it';
/** How soon a HAProxy that has just started is met. */
const LOOK_FOR = 1_000;

/**
 * Turns routes and the pods behind them into HAProxy's configuration, has it loaded, and says in each route what became of it. One key:
 * whatever changed, the whole is made anew, so that a burst of changes is one configuration.
 */
export function routeController(settings: RouterSettings): ControllerDefinition {
  const router = new Router(settings);
  return defineController({
    name: 'router',
    seeds: [KEY],
    watches: [
      { of: ROUTES, map: () => [KEY], changed: (route, old) => !sameJson(facts(route), facts(old)) },
      {
        of: ENDPOINT_SLICES,
        map: () => [KEY],
        changed: (slice, old) => !sameJson([slice['endpoints'], slice['ports']], [old['endpoints'], old['ports']]),
      },
    ],
    reconcile: async (_key, context) => (await router.reconcile(context)) ?? {},
  });
}

/** What a router's own writes do not change, beside what it says itself: somebody may have written over that. */
const facts = (object: object): unknown => {
  const { spec, status, metadata } = object as Route;
  return [spec, status, metadata.annotations];
};

class Router {
  readonly #settings: RouterSettings;
  readonly #folder: ConfigFolder;
  /** Of the configuration that HAProxy has loaded. */
  #loaded: string | undefined;
  /** Of the one that is in the folder. */
  #written: string | undefined;
  #loadedAt = -Infinity;
  /** What the loaded routes said, by key: others are suspects when HAProxy refuses. */
  #good: ReadonlyMap<string, string> = new Map();
  /** Routes that HAProxy itself refuses, with what they said then. */
  readonly #bad = new Map<string, { readonly print: string; readonly refusal: Refusal }>();

  constructor(settings: RouterSettings) {
    this.#settings = settings;
    this.#folder = new ConfigFolder(settings.folder);
  }

  async reconcile(context: ReconcileContext): Promise<ReconcileResult | undefined> {
    const { lister, clock } = context;
    const wait = this.#loadedAt + SHORTEST_INTERVAL - clock.now();
    if (wait > 0) return { requeueAfter: wait };
    const routes = lister<Route>(ROUTES).list();
    const slices = slicesByService(lister(ENDPOINT_SLICES).list());
    const held = this.#loaded === undefined && routes.some((route) => refusedBefore(route) !== undefined);
    const claims = this.#judge(routes);
    const outcome = await this.#load(claims.admitted, slices, context);
    if (outcome === 'absent') return { requeueAfter: LOOK_FOR };
    await tell(routes, outcome === 'reduced' ? this.#judge(routes) : claims, context);
    return held ? { requeueAfter: SHORTEST_INTERVAL } : undefined;
  }

  #judge(routes: readonly Route[]): Claims {
    return judgeClaims(routes, (route) => {
      const bad = this.#bad.get(keyOf(route));
      if (bad?.print === printOf(route)) return bad.refusal;
      // What HAProxy would not even start with waits until it runs.
      return (this.#loaded === undefined ? refusedBefore(route) : undefined) ?? unfitness(route);
    });
  }

  /** `reduced`: HAProxy refused what some routes bring, and has loaded the rest. */
  async #load(routes: readonly Route[], slices: SlicesOf, context: ReconcileContext): Promise<'loaded' | 'absent' | 'reduced'> {
    const reloaded = await this.#put(routes, slices, context);
    if (reloaded.outcome !== 'refused') return reloaded.outcome;
    // One route must not take the others down with it: those that are new stand aside.
    const suspects = routes.filter((route) => this.#good.get(keyOf(route)) !== printOf(route));
    return this.#separate(without(routes, suspects), suspects, reloaded.why, { slices, context });
  }

  /** Finds those of the suspects that HAProxy refuses, each in a few steps, and loads all the others. `why`: it refused them together. */
  async #separate(
    kept: readonly Route[],
    suspects: readonly Route[],
    why: string,
    { slices, context }: { readonly slices: SlicesOf; readonly context: ReconcileContext },
  ): Promise<'absent' | 'reduced'> {
    if (suspects.length === 0) throw new Error(`HAProxy refuses the configuration: ${why}`);
    // The first `fine` of them are no trouble, the first `bad` are: what makes the difference is between the two.
    let [fine, bad] = [0, suspects.length];
    let reason = why;
    while (bad - fine > 1) {
      const middle = (fine + bad) >> 1;
      const tried = await this.#put([...kept, ...suspects.slice(0, middle)], slices, context);
      if (tried.outcome === 'absent') return 'absent';
      if (tried.outcome === 'loaded') fine = middle;
      else [bad, reason] = [middle, tried.why];
    }
    const culprit = suspects[bad - 1]!;
    this.#refuse(culprit, reason);
    const others = without(suspects, [culprit]);
    const rest = await this.#put([...kept, ...others], slices, context);
    if (rest.outcome === 'refused') return this.#separate(kept, others, rest.why, { slices, context });
    return rest.outcome === 'absent' ? 'absent' : 'reduced';
  }

  #refuse(route: Route, why: string): void {
    this.#bad.set(keyOf(route), {
      print: printOf(route),
      refusal: { reason: 'ExtendedValidationFailed', message: `${REFUSES}: ${why}` },
    });
  }

  async #put(routes: readonly Route[], slices: SlicesOf, { clock, log }: ReconcileContext): Promise<Reloaded> {
    const rendered = render(routes, slices, this.#settings);
    const print = createHash('sha256').update(rendered.config).digest('hex');
    if (print === this.#loaded && print === this.#written) return { outcome: 'loaded' };
    // Without a HAProxy this comes by every second.
    if (print !== this.#written) {
      await this.#folder.prepare();
      await this.#folder.write(rendered);
      this.#written = print;
    }
    const reloaded = await reload(join(this.#settings.folder, RUN_DIR, MASTER_SOCKET));
    if (reloaded.outcome === 'loaded') {
      this.#loaded = print;
      this.#loadedAt = clock.now();
      this.#good = new Map(routes.map((route) => [keyOf(route), printOf(route)]));
      await this.#folder.sweep(rendered);
      log.debug({ routes: routes.length }, 'HAProxy has loaded the routes');
    } else if (reloaded.outcome === 'refused') log.warn({ why: reloaded.why }, 'HAProxy refuses a configuration');
    return reloaded;
  }
}

const without = (routes: readonly Route[], some: readonly Route[]): Route[] => routes.filter((route) => !some.includes(route));

/** What was said of the route before this process was there. */
function refusedBefore({ status }: Route): Refusal | undefined {
  const own = status?.ingress?.find(({ routerName }) => routerName === ROUTER_NAME);
  const message = own?.conditions?.[0]?.message ?? '';
  return message.startsWith(REFUSES) ? { reason: 'ExtendedValidationFailed', message } : undefined;
}

const printOf = ({ metadata, spec }: Route): string => JSON.stringify([metadata.uid, metadata.annotations, spec]);

async function tell(routes: readonly Route[], { refused }: Claims, { client, clock }: ReconcileContext): Promise<void> {
  for (const route of routes) {
    const ingress = withVerdict(route, refused.get(keyOf(route)), new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'));
    if (ingress === (route.status?.ingress ?? ingress) && route.status?.ingress !== undefined) continue;
    try {
      await client.update(refTo(ROUTES, route, 'status'), { ...route, status: { ...route.status, ingress: [...ingress] } });
    } catch (error) {
      // Another look follows the change that came in between.
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}

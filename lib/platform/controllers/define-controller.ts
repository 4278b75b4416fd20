import type { Log } from '../../common/log.ts';
import type { Clock } from '../../common/clock.ts';
import type { KubeObject } from '../api/meta.ts';
import type { GroupVersionResource } from '../api/verbs.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import type { Lister } from '../client/lister.ts';

/** What a reconciler works with. Listers' objects are frozen. */
export interface ReconcileContext {
  readonly client: Client;
  readonly log: Log;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
  readonly signal: AbortSignal;
  /** The informer cache of a kind named in `for`, `owns` or `watches`. */
  lister<T extends KubeObject = KubeObject>(of: GroupVersionResource): Lister<T>;
}

/** Look again after that many ms even if nothing changes. */
export interface ReconcileResult {
  readonly requeueAfter?: number;
}

/** Maps a change of a watched object to the keys (`namespace/name`, or `name`) that must be looked at. */
export interface Watch {
  readonly of: GroupVersionResource;
  readonly map: (object: KubeObject, context: Pick<ReconcileContext, 'lister'>) => readonly string[];
  /** Updates for which this is false are ignored. An update that is not ignored is mapped twice: the old object and the new. */
  readonly changed?: (object: KubeObject, old: KubeObject) => boolean;
}

/** Kinds that come and go: which there are, objects of `of` say. */
export interface DefinedWatches {
  readonly of: GroupVersionResource;
  readonly kinds: (object: KubeObject) => readonly GroupVersionResource[];
  /** A kind is there from now on. Gives how to follow its objects. */
  readonly watch: (kind: GroupVersionResource) => Watch;
  /** It is no longer; these were its objects that nobody has told of since. */
  readonly gone?: (kind: GroupVersionResource, objects: readonly KubeObject[]) => readonly string[];
}

/**
 * A level-based controller (controller-runtime's Reconciler): `reconcile(key)` compares what is with what should be and
 * does the difference. It may throw: it is called again with back-off, except after a TerminalError.
 */
export interface ControllerDefinition {
  readonly name: string;
  /** The component that its events name as their source. @default name */
  readonly component?: string;
  /** Changes of these objects enqueue their own key. Absent for controllers whose keys are not one kind's. */
  readonly for?: GroupVersionResource;
  /** Changes of these enqueue the key of their controlling owner, when it is of kind `for`. */
  readonly owns?: readonly GroupVersionResource[];
  readonly watches?: readonly Watch[];
  /** Kinds that are watched while they are there. */
  readonly defined?: DefinedWatches;
  /** Keys enqueued once at the start, for controllers with something to do when nothing changes. */
  readonly seeds?: readonly string[];
  /** Keys reconciled at once; one key is never reconciled twice at once. @default 1 */
  readonly concurrency?: number;
  /** Enqueue everything again after that many ms. @default never */
  readonly resync?: number;
  reconcile(key: string, context: ReconcileContext): Promise<ReconcileResult | void>;
}

/** Names the controller to the manager. See docs/adding-a-controller.md. */
export function defineController(definition: ControllerDefinition): ControllerDefinition {
  if (definition.for === undefined && (definition.owns !== undefined || definition.resync !== undefined))
    throw new TypeError(`controller ${definition.name}: owns and resync need for`);
  if (!/^[a-z][a-z0-9-]*$/.test(definition.name))
    throw new TypeError(`controller name ${JSON.stringify(definition.name)} must be kebab-case`);
  return definition;
}

/** Wrap an error in it to say that trying again cannot help until the object changes. */
export class TerminalError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TerminalError';
  }
}

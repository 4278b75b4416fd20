import type { ResourceDefinition } from '../../../api/define-resource.ts';
import { newInternalError, type Status, StatusError, newTooManyRequests } from '../../../api/status-error.ts';
import { errorText } from '../../../../common/errors.ts';
import type { ServerContext } from '../../server-context.ts';
import type { CacheEvent } from '../../store/cache-event.ts';
import type { StoredObject } from '../../store/stored-object.ts';
import { eventForm, formOf, formsOf } from '../custom-forms.ts';

/** Things that may wait for a webhook; a watch that falls further behind is ended, and can come back. */
const MAX_WAITING = 10_000;

/**
 * Brings what a watch sees into the version that it is about. Mostly that is done at once; where a webhook must be asked, everything that comes
 * after waits in line, so that the order stays.
 */
export class WatchConversions {
  readonly #server: ServerContext;
  readonly #definition: ResourceDefinition;
  readonly #failed: (status: Status) => void;
  #line: Promise<void> | undefined;
  #waiting = 0;

  /** `failed` hears why it cannot go on. */
  constructor(server: ServerContext, definition: ResourceDefinition, failed: (status: Status) => void) {
    this.#server = server;
    this.#definition = definition;
    this.#failed = failed;
  }

  objects(stored: readonly StoredObject[], next: (objects: readonly StoredObject[]) => void): void {
    if (this.#definition.custom === undefined) return next(stored);
    const forms = stored.map((each) => formOf(this.#definition, each));
    if (this.#line === undefined && forms.every((form) => form !== undefined)) return next(forms);
    this.#wait(async () => next(await formsOf(this.#server, this.#definition, stored)));
  }

  event(event: CacheEvent, next: (event: CacheEvent) => void): void {
    if (this.#definition.custom === undefined) return next(event);
    const form = eventForm(this.#definition, event);
    if (this.#line === undefined && form !== undefined) return next(form);
    this.#wait(async () => {
      const { object, previous } = event;
      await formsOf(this.#server, this.#definition, previous === undefined ? [object] : [object, previous]);
      next(eventForm(this.#definition, event)!);
    });
  }

  /** Calls back when everything before has been passed on. */
  afterwards(next: () => void): void {
    if (this.#line === undefined) next();
    else this.#wait(async () => next());
  }

  #wait(task: () => Promise<void>): void {
    if (++this.#waiting > MAX_WAITING) return this.#failed(newTooManyRequests('the conversion webhook is too slow', 1).status);
    const line: Promise<void> = (this.#line ?? Promise.resolve())
      .then(task)
      .catch((error: unknown) =>
        this.#failed(error instanceof StatusError ? error.status : newInternalError(errorText(error)).status),
      )
      .finally(() => {
        this.#waiting--;
        if (this.#line === line) this.#line = undefined;
      });
    this.#line = line;
  }
}

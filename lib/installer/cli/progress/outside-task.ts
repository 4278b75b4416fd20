import type { ListrTask, ListrTaskWrapper } from 'listr2';

type Wrapper = Pick<ListrTaskWrapper<unknown, never, never>, 'title' | 'skip'>;

/** A task of listr2 whose work is done elsewhere: it is told what to show, and when it is over. */
export class OutsideTask {
  readonly #over = Promise.withResolvers<void>();
  #title: string;
  #end: 'done' | 'failed' | 'left' | undefined;
  #task: Wrapper | undefined;

  constructor(title: string) {
    this.#title = title;
    // Tasks that end before listr2 begins them are no unhandled rejections.
    this.#over.promise.catch(() => undefined);
  }

  /** For listr2 to run. */
  get task(): ListrTask<unknown> {
    return {
      title: this.#title,
      task: async (_context, task) => {
        this.#task = task;
        task.title = this.#title;
        await this.#over.promise;
        if (this.#end === 'left') task.skip();
      },
    };
  }

  /** An empty title is a row that is not shown. */
  show(title: string): void {
    if (title === this.#title) return;
    this.#title = title;
    if (this.#task !== undefined) this.#task.title = title;
  }

  done(): void {
    this.#end ??= 'done';
    this.#over.resolve();
  }

  fail(): void {
    this.#end ??= 'failed';
    this.#over.reject(new Error(this.#title));
  }

  /** It was not begun, and will not be. Does nothing when it is over. */
  leave(): void {
    this.#end ??= 'left';
    this.#over.resolve();
  }
}

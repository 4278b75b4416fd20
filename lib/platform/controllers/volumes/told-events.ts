import type { KubeObject } from '../../api/meta.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';

/** Tells an event once for each state of an object: a claim that waits is looked at often, and waits for the same thing. */
export class ToldEvents {
  readonly #last = new Map<string, string>();

  tell(recorder: EventRecorder, object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const said = `${reason}\n${message}`;
    if (this.#last.get(object.metadata.uid!) === said) return;
    this.#last.set(object.metadata.uid!, said);
    recorder.event(object, type, reason, message);
  }

  /** The state has ended, or the object. */
  forget(uid: string): void {
    this.#last.delete(uid);
  }
}

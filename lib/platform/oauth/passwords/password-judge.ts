import type { Worker } from 'node:worker_threads';
import { spawnRole } from '../../../common/worker-entry.ts';
import type { PasswordAnswer, PasswordQuestion } from './password-thread.ts';

/** Passwords that may wait for their turn. At a tenth of a second each, the last is judged within seconds. */
const MAX_WAITING = 32;
/** bcrypt looks at no more bytes than this; longer ones would be equal to their beginnings. */
const LONGEST_PASSWORD = 72;
/** The hash of a password that nobody has. */
const NOBODY = '$2b$10$IZnb1PJa.zg3yy0YD22I5.WJ/Gx0GsFt.H2K17bOnr3DXZwk9rgrC';

export type PasswordVerdict = 'right' | 'wrong' | 'busy';

/** Judges passwords in a thread of its own, started by the first one. */
export class PasswordJudge implements Disposable {
  readonly #waiting = new Map<number, (right: boolean) => void>();
  #worker: Worker | undefined;
  #next = 0;

  /** `hash` undefined: there is no such name, which takes as long to say as `decoy` takes to judge. */
  async judge(password: string, hash: string | undefined, decoy: string = NOBODY): Promise<PasswordVerdict> {
    if (this.#waiting.size >= MAX_WAITING) return 'busy';
    const id = this.#next++;
    const right = await new Promise<boolean>((resolve) => {
      this.#waiting.set(id, resolve);
      const question: PasswordQuestion = { id, password: password.slice(0, LONGEST_PASSWORD + 1), hash: hash ?? decoy };
      this.#thread().postMessage(question);
    });
    const judged = hash !== undefined && Buffer.byteLength(password) <= LONGEST_PASSWORD;
    return right && judged ? 'right' : 'wrong';
  }

  [Symbol.dispose](): void {
    void this.#worker?.terminate();
    this.#lost();
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = spawnRole('passwords', undefined);
    worker.unref();
    worker.on('message', ({ id, right }: PasswordAnswer) => {
      this.#waiting.get(id)?.(right);
      this.#waiting.delete(id);
    });
    worker.on('error', () => this.#lost());
    worker.on('exit', () => this.#lost());
    return (this.#worker = worker);
  }

  /** Whoever waits for a thread that is gone is not let in. */
  #lost(): void {
    this.#worker = undefined;
    for (const resolve of this.#waiting.values()) resolve(false);
    this.#waiting.clear();
  }
}

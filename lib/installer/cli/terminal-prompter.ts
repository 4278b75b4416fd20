import { closeSync, openSync } from 'node:fs';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { registerSecret } from '../../common/secrets.ts';
import { type Prompter, promptErrors, questionText, refusingPrompter } from '../prompter.ts';
import { lineEditor } from './line-editor.ts';
import { wrapWords } from './progress/wrap-words.ts';

export interface TerminalPrompterOptions {
  /** Called before a question is drawn and after it was answered: a progress display rests meanwhile. */
  readonly pause?: () => void;
  readonly resume?: () => void;
  /** Ends a question that is open, and refuses those that come. */
  readonly signal?: AbortSignal;
  /** @default /dev/tty: the terminal of this process, wherever its standard input comes from */
  readonly device?: string;
}

/** The last question of this process: the next one waits for it, whoever asks. */
let lastQuestion: Promise<unknown> = Promise.resolve();

/** Asks on the terminal of this process. Without one it refuses every question. */
export function terminalPrompter(options: TerminalPrompterOptions = {}): Prompter {
  const { device = '/dev/tty' } = options;
  if (!isTerminal(device)) return refusingPrompter();
  /** `ask` may ask more than once; nobody else comes in between. */
  const inTurn = <T>(ask: () => Promise<T>): Promise<T> => {
    const answer = lastQuestion.then(async () => {
      options.pause?.();
      try {
        return await ask();
      } finally {
        options.resume?.();
      }
    });
    lastQuestion = answer.catch(() => undefined);
    return answer;
  };
  return {
    interactive: true,
    secret: (question) =>
      inTurn(async () => {
        const answer = await readLine(device, questionText(question), { echo: false, signal: options.signal });
        registerSecret(answer);
        return answer;
      }),
    confirm: (question) =>
      inTurn(async () => {
        for (let text = `${questionText(question)} [y/N] `; ; text = 'Please type yes or no: ') {
          const answer = (await readLine(device, text, { echo: true, signal: options.signal })).trim();
          if (/^y(?:es)?$/i.test(answer)) return true;
          if (/^(?:no?)?$/i.test(answer)) return false;
        }
      }),
  };
}

function isTerminal(device: string): boolean {
  try {
    const fd = openSync(device, 'r+');
    const is = isatty(fd);
    closeSync(fd);
    return is;
  } catch {
    return false;
  }
}

/** Draws a question and reads a line. The terminal is as it was before, however this ends. */
async function readLine(
  device: string,
  question: string,
  { echo, signal }: { readonly echo: boolean; readonly signal: AbortSignal | undefined },
): Promise<string> {
  if (signal?.aborted === true) throw promptErrors.ANSWER_INTERRUPTED();
  const input = new ReadStream(openSync(device, 'r'));
  const output = new WriteStream(openSync(device, 'w'));
  // A terminal that goes away is told by its input's end.
  output.on('error', () => undefined);
  const editor = lineEditor({ echo });
  const answered = Promise.withResolvers<string>();
  const abort = () => answered.reject(promptErrors.ANSWER_INTERRUPTED());
  input.on('data', (bytes: Buffer) => {
    const { state, draw } = editor.feed(bytes);
    output.write(draw);
    if (state === 'done') answered.resolve(editor.text);
    if (state === 'ended' || state === 'interrupted') abort();
    // Raw mode keeps the terminal from sending the signal: whoever handles it is to know.
    if (state === 'interrupted') process.kill(process.pid, 'SIGINT');
  });
  for (const event of ['end', 'error'] as const) input.on(event, () => answered.reject(promptErrors.ANSWER_NEEDED(question)));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    input.setRawMode(true);
    // A terminal that does not know its own size has 0 columns. The last one stays free for what is typed.
    output.write(wrapWords(question, output.columns > 0 ? output.columns - 1 : Infinity));
    return await answered.promise;
  } finally {
    signal?.removeEventListener('abort', abort);
    input.setRawMode(false);
    output.write('\n');
    input.destroy();
    output.destroy();
  }
}

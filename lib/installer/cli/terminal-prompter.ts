import { registerSecret } from '../../common/secrets.ts';
import { isTerminal, readLine, TERMINAL } from '../../common/terminal/read-line.ts';
import { type Prompter, promptErrors, questionText, refusingPrompter } from '../prompter.ts';
import { wrapWords } from '../../common/terminal/wrap-words.ts';

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
  const { device = TERMINAL } = options;
  if (!isTerminal(device)) return refusingPrompter();
  /** `asking` may ask more than once; nobody else comes in between. */
  const inTurn = <T>(asking: () => Promise<T>): Promise<T> => {
    const answer = lastQuestion.then(async () => {
      options.pause?.();
      try {
        return await asking();
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
        const answer = await ask(device, questionText(question), { echo: false, signal: options.signal });
        registerSecret(answer);
        return answer;
      }),
    confirm: (question) =>
      inTurn(async () => {
        for (let text = `${questionText(question)} [y/N] `; ; text = 'Please type yes or no: ') {
          const answer = (await ask(device, text, { echo: true, signal: options.signal })).trim();
          if (/^y(?:es)?$/i.test(answer)) return true;
          if (/^(?:no?)?$/i.test(answer)) return false;
        }
      }),
  };
}

async function ask(
  device: string,
  question: string,
  options: { readonly echo: boolean; readonly signal: AbortSignal | undefined },
): Promise<string> {
  const answer = await readLine(device, (columns) => wrapWords(question, columns), options);
  if (answer.line !== undefined) return answer.line;
  throw answer.ended === 'interrupted' ? promptErrors.ANSWER_INTERRUPTED() : promptErrors.ANSWER_NEEDED(question);
}

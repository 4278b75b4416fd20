import { redact } from '../../../common/secrets.ts';

/** Lines and characters of what a failed build's status shows. */
const TAIL_LINES = 10;
const LONGEST_TAIL = 1000;
const tail: string[] = [];

/** The build's log: what its author reads. */
export function say(line: string): void {
  const text = redact(line);
  process.stdout.write(`${text}\n`);
  tail.push(text);
  if (tail.length > TAIL_LINES) tail.shift();
}

/** The last lines of the log. */
export const logTail = (): string => tail.join('\n').slice(-LONGEST_TAIL);

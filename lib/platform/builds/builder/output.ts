import { redact } from '../../../common/secrets.ts';

/** The build's log: what its author reads. */
export const say = (line: string): void => void process.stdout.write(`${redact(line)}\n`);

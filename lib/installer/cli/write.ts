import { redact } from '../../common/secrets.ts';

/** Writes to standard output; registered secrets are taken out. */
export function write(text: string): void {
  process.stdout.write(redact(text));
}

import { writeFileSync } from 'node:fs';
import type { StageInfo } from '../../api/build/build-types.ts';
import { errorText } from '../../../common/errors.ts';
import { redact } from '../../../common/secrets.ts';
import { BuildError } from '../engine/build-error.ts';
import { logTail, say } from './output.ts';
import { type BuildTermination, EXIT, TERMINATION_LIMIT, TERMINATION_LOG } from '../contract.ts';

const LONGEST_MESSAGE = 1000;

/** What a container of a build pod does, and what it says about it in the end. */
export type Program = (say: (words: Partial<BuildTermination>) => void, signal: AbortSignal) => Promise<void>;

/** Runs a program of the builder and leaves its last words. Resolves to the exit code. */
export async function runProgram(program: Program, signal: AbortSignal): Promise<number> {
  let words: BuildTermination = {};
  let code: number = EXIT.done;
  try {
    await program((more) => (words = { ...words, ...more }), signal);
  } catch (error) {
    const reason = error instanceof BuildError ? error.reason : 'GenericBuildFailed';
    const message = redact(errorText(error)).split('\n', 1)[0]!.slice(0, LONGEST_MESSAGE);
    say(`error: ${message}`);
    words = { ...words, reason, message, logTail: logTail() };
    code = EXIT.failed;
  }
  writeFileSync(TERMINATION_LOG, lastWords(words));
  return code;
}

/** As much of them as is read: what is known to be long goes first. */
function lastWords(words: BuildTermination): string {
  const { stages: _stages, revision: _revision, ...short } = words;
  const text = JSON.stringify(words);
  return Buffer.byteLength(text) <= TERMINATION_LIMIT ? text : JSON.stringify(short);
}

/** Takes the time of a build's stages. */
export function stageClock(say: (words: { stages: StageInfo[] }) => void) {
  const stages: StageInfo[] = [];
  return async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const began = Date.now();
    try {
      return await work();
    } finally {
      stages.push({
        name,
        startTime: new Date(began).toISOString().replace(/\.\d+Z$/, 'Z'),
        durationMilliseconds: Date.now() - began,
      });
      say({ stages: [...stages] });
    }
  };
}

import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { z } from 'zod';

/** Characters of the longest frame that is read: the largest answer (a file, a log's end) has half of it. */
const longest = 32_000_000;

/**
 * Reads frames of JSON, one in a line, from whoever is at the other end. What is no frame, or has no end, ends the reading: `refuse` is told
 * once, nothing that follows is looked at, and nothing of it stays in memory.
 */
export function onFrames<T>(
  input: Readable,
  schema: z.ZodType<T>,
  refuse: (error: Error) => void,
  take: (frame: T) => void,
): void {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  const stop = (error: unknown): void => {
    input.off('data', read);
    parts = [];
    refuse(error instanceof Error ? error : new Error(String(error)));
  };
  const read = (bytes: Buffer | string): void => {
    const lines = (typeof bytes === 'string' ? bytes : decoder.write(bytes)).split('\n');
    for (const [index, text] of lines.entries()) {
      parts.push(text);
      length += text.length;
      if (length > longest) return stop(new Error(`a line of more than ${longest} characters`));
      if (index === lines.length - 1) return;
      const line = parts.join('');
      parts = [];
      length = 0;
      let frame: T;
      try {
        frame = schema.parse(JSON.parse(line));
      } catch (error) {
        return stop(error);
      }
      take(frame);
    }
  };
  input.on('error', () => undefined);
  input.on('data', read);
  // It may have been held until somebody reads.
  input.resume();
}

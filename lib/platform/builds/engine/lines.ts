import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import type { LineSink } from './build-engine.ts';

/** A line without an end is cut there, so that nobody's output fills the memory. */
const LONGEST = 16_384;

/** Gives a stream's lines to a sink. Resolves at the stream's end; an error is an end too, what it means is seen elsewhere. */
export async function eachLine(stream: Readable, sink: LineSink): Promise<void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    for await (const chunk of stream) {
      const lines = (rest + decoder.write(chunk as Buffer)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) sink(line.replace(/\r$/, ''));
      while (rest.length > LONGEST) {
        sink(rest.slice(0, LONGEST));
        rest = rest.slice(LONGEST);
      }
    }
  } catch {
    // The container is removed under us when the build is cancelled.
  }
  rest += decoder.end();
  if (rest !== '') sink(rest);
}

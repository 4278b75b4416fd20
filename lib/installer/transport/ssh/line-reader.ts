import type { Readable } from 'node:stream';

/** Lines that wait: what speaks to us through this says one at a time. */
const mostLines = 10_000;

/**
 * The next line of a stream without its end, or undefined at the end of the stream. What follows a line stays for the next call. A stream that
 * sends more lines than anybody asks for is ended.
 */
export function lineReader(stream: Readable, longest = 64 * 1024): () => Promise<string | undefined> {
  const lines: string[] = [];
  const waiting: ((line: string | undefined) => void)[] = [];
  let rest = '';
  let over = false;
  const settle = () => {
    while (waiting.length > 0 && (lines.length > 0 || over)) waiting.shift()!(lines.shift());
  };
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!.slice(0, longest);
    for (const part of parts) lines.push(part);
    settle();
    if (lines.length > mostLines) stream.destroy();
  });
  const end = () => {
    over = true;
    settle();
  };
  stream.on('end', end);
  stream.on('close', end);
  stream.on('error', end);
  stream.resume();
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      settle();
    });
}

/**
 * Cuts a stream of bytes into newline-delimited JSON values, whatever the boundaries of its chunks. The parts of a long
 * frame are kept apart until its end arrives, so that a frame of n bytes costs O(n), not O(n * chunks).
 */
export async function* jsonFrames(chunks: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  let pending: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      pending.push(chunk.subarray(start, end));
      start = end + 1;
      const text = takeText(pending);
      pending = [];
      if (text !== '') yield JSON.parse(text);
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  // A server that ends between frames leaves nothing here; one that was cut off leaves half a frame, which cannot be used.
  const rest = takeText(pending);
  if (rest !== '') yield JSON.parse(rest);
}

function takeText(parts: Buffer[]): string {
  return (parts.length === 1 ? parts[0]! : Buffer.concat(parts)).toString('utf8').trim();
}

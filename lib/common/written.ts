import type { Writable } from 'node:stream';

/**
 * Resolves when all that was written to the streams has left, or nobody takes it any more. Before `process.exit`: a pipe takes 64 KiB at once, and
 * an exit forgets the rest, however Node's documentation calls pipes synchronous.
 */
export async function written(streams: readonly Writable[] = [process.stdout, process.stderr]): Promise<void> {
  await Promise.all(
    streams.map(
      (stream) =>
        new Promise<void>((resolve) => {
          if (stream.destroyed || stream.writableLength === 0) resolve();
          else {
            stream.once('close', resolve);
            stream.write('', () => resolve());
          }
        }),
    ),
  );
}

import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** A tree that is being made, as the tar archive that `docker import` takes. */
export interface TreeBuild {
  readonly tar: Readable;
  /**
   * Resolves when there are bytes of it, which takes minutes; rejects where there will be none. A request to Docker begins with its first byte, and an engine closes
   * a connection on which none has begun for five minutes (moby, ReadHeaderTimeout).
   */
  readonly begun: Promise<void>;
  /** Resolves when mmdebstrap has ended well; rejects with what it said last. */
  readonly ended: Promise<void>;
}

/**
 * Runs mmdebstrap; no tree is left on the disk. `folder`: where it works (it needs the room of the tree). Aborting ends it, and it takes
 * its folder away itself.
 */
export function buildTree(
  argv: readonly string[],
  sources: readonly string[],
  options: { readonly folder?: string; readonly signal?: AbortSignal } = {},
): TreeBuild {
  const { folder, signal } = options;
  const env = { ...process.env, LC_ALL: 'C', ...(folder === undefined ? {} : { TMPDIR: folder }) };
  // In a process group of its own: where mmdebstrap fails it hangs up on its whole group, which would be ours.
  const child = spawn('mmdebstrap', argv, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${sources.join('\n')}\n`);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said = (said + chunk).slice(-8_000)));
  const stop = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      signal?.removeEventListener('abort', stop);
      if (code === 0) resolve();
      else reject(signal?.aborted === true ? signal.reason : new Error(lastWords(said) || `mmdebstrap ended with ${code}`));
    });
  });
  return { tar: child.stdout, begun: firstBytes(child.stdout), ended };
}

function firstBytes(tar: Readable): Promise<void> {
  const begun = new Promise<void>((resolve, reject) => {
    const look = (): void => (tar.readableLength > 0 ? resolve() : reject(new Error('mmdebstrap wrote no archive')));
    tar.once('readable', look).once('close', look);
  });
  // Who asks for `ended` alone is not to hear of it.
  begun.catch(() => undefined);
  return begun;
}

/** The lines that tell: that the disk is full, or else errors (`E: ...`) where there are any. */
function lastWords(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const full = lines.findLast((line) => line.includes('No space left on device'));
  if (full !== undefined) return full;
  const errors = lines.filter((line) => line.startsWith('E: '));
  return (errors.length > 0 ? errors : lines).slice(-4).join('; ');
}

import { text } from 'node:stream/consumers';
import type { Repository } from './repository.ts';

/** Bytes that a repository may have, and a pack that is pushed into it: all share one volume. */
const LARGEST_REPOSITORY = 1 << 30;
/** Bytes that a ref takes: each is a file of its own until git packs them, and is told of to everybody who asks. */
const REF = 4096;
/** What is pushed into a full one is refused whole; branches can still be deleted. */
const NEXT_TO_NOTHING = 1;

/** How large repositories are, asked again after each push. */
export class RepositorySizes {
  /** In bytes, by the uid of the build config. */
  readonly #known = new Map<string, number>();

  /** How large a pack may be that is pushed now, in bytes. */
  async room(repository: Repository): Promise<number> {
    const size = this.#known.get(repository.config.metadata.uid!) ?? (await this.measure(repository));
    return Math.max(LARGEST_REPOSITORY - size, NEXT_TO_NOTHING);
  }

  /** Asks git. @throws StatusError when it cannot be asked */
  async measure(repository: Repository): Promise<number> {
    const [objects, refs] = await Promise.all([
      said(repository, ['count-objects', '-v']),
      said(repository, ['for-each-ref', '--format=']),
    ]);
    // A line each, and empty.
    const size = sizeOf(objects) + refs.length * REF;
    this.#known.set(repository.config.metadata.uid!, size);
    return size;
  }

  /** To be called after a push. */
  changed(repository: Repository): void {
    this.#known.delete(repository.config.metadata.uid!);
  }
}

async function said(repository: Repository, args: readonly string[]): Promise<string> {
  const command = repository.run(args);
  command.stdin.end();
  command.stderr.resume();
  const [output] = await Promise.all([text(command.stdout), command.exit]);
  return output;
}

/** Bytes, out of what `git count-objects -v` says, which counts in KiB. */
export function sizeOf(output: string): number {
  let size = 0;
  for (const line of output.split('\n')) {
    const [, kib] = /^(?:size|size-pack|size-garbage): (\d+)$/.exec(line) ?? [];
    size += Number(kib ?? 0) * 1024;
  }
  return size;
}

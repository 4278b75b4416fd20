import { text } from 'node:stream/consumers';
import type { Repository } from './repository.ts';

/** Bytes that a repository may have, and a pack that is pushed into it: all share one volume. */
const LARGEST_REPOSITORY = 1 << 30;
/** Bytes that a ref takes on the disk: each is a file of its own until git packs them. */
const REF = 4096;
/** Bytes of all that is told of refs to everybody who asks: the daemon has it in memory, which it has in common with everybody's. */
const LARGEST_REFS = 4 << 20;
/** Of which each takes so many beside its name: a commit and a line's frame. */
const REF_LINE = 50;
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
    const [objects, refs] = await Promise.all([said(repository, ['count-objects', '-v']), refsOf(repository)]);
    const told = refs.names + refs.count * REF_LINE;
    const size = told > LARGEST_REFS ? LARGEST_REPOSITORY : sizeOf(objects) + refs.count * REF;
    this.#known.set(repository.config.metadata.uid!, size);
    return size;
  }

  /** To be called after a push. */
  changed(repository: Repository): void {
    this.#known.delete(repository.config.metadata.uid!);
  }
}

/** How many refs there are, and bytes of their names; they are not kept. */
async function refsOf(repository: Repository): Promise<{ count: number; names: number }> {
  const command = repository.run(['for-each-ref', '--format=%(refname)']);
  command.stdin.end();
  command.stderr.resume();
  let [count, bytes] = [0, 0];
  for await (const chunk of command.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) count++;
  }
  await command.exit;
  return { count, names: bytes };
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

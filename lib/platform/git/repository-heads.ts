import { text } from 'node:stream/consumers';
import type { ReceivedRef } from './received-refs.ts';
import type { Repository } from './repository.ts';

const HEAD = /^refs\/heads\/(.+)$/;

/** Which branch of a repository is built. Each look into one is a program in its pod, so that what only a push can change is remembered. */
export class RepositoryHeads {
  /** The branch that HEAD is and that has a commit, by the uid of the build config. */
  readonly #born = new Map<string, string>();

  /** The branch that the config names, else the one that HEAD is; a first push makes its own branch HEAD. */
  async builtBranch(repository: Repository, refs: readonly ReceivedRef[]): Promise<string> {
    const named = repository.config.spec.source?.git?.ref;
    const born = await this.#headOf(repository, refs);
    if (born !== undefined) return named ?? born;
    const pushed = refs.flatMap(({ ref, commit }) => (commit === undefined ? [] : (HEAD.exec(ref)?.[1] ?? [])))[0];
    if (pushed === undefined) return named ?? (await output(repository, ['symbolic-ref', '--short', 'HEAD']));
    const branch = named ?? pushed;
    await output(repository, ['symbolic-ref', 'HEAD', `refs/heads/${branch}`]);
    if (refs.some(({ ref, commit }) => commit !== undefined && ref === `refs/heads/${branch}`))
      this.#born.set(repository.config.metadata.uid!, branch);
    return branch;
  }

  async #headOf(repository: Repository, refs: readonly ReceivedRef[]): Promise<string | undefined> {
    const uid = repository.config.metadata.uid!;
    const known = this.#born.get(uid);
    if (known !== undefined && !refs.some(({ ref, commit }) => commit === undefined && ref === `refs/heads/${known}`))
      return known;
    this.#born.delete(uid);
    const head = HEAD.exec(await output(repository, ['rev-parse', '--symbolic-full-name', '--verify', '--quiet', 'HEAD']))?.[1];
    if (head !== undefined) this.#born.set(uid, head);
    return head;
  }
}

async function output(repository: Repository, args: readonly string[]): Promise<string> {
  const command = repository.run(args);
  command.stdin.end();
  command.stderr.resume();
  return (await text(command.stdout)).trim();
}

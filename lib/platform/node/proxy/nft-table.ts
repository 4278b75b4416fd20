import type { ProxyHost } from './proxy-host.ts';
import type { Ruleset } from './ruleset.ts';
import { changeScript, fullScript, type TableNames } from './ruleset-script.ts';

/** The program is not there, or the kernel refuses what it is told. */
export class NftError extends Error {}

/** Our table in the kernel. Every change is one transaction: after a crash in the middle the old rules stand. */
export class NftTable {
  readonly #host: ProxyHost;
  #applied: Ruleset | undefined;

  constructor(host: ProxyHost) {
    this.#host = host;
  }

  /** Makes the table hold the rules, with as few changes as possible. Rejects with an NftError; the table is then as it was. */
  async apply(ruleset: Ruleset): Promise<void> {
    if (this.#applied !== undefined) {
      const script = changeScript(this.#applied, ruleset);
      if (script === '') return;
      if ((await this.#run(script)).code === 0) {
        this.#applied = ruleset;
        return;
      }
    }
    await this.#replace(ruleset);
  }

  /** Whether the table is still there. Another program may have flushed the whole ruleset. */
  async isIntact(): Promise<boolean> {
    if (this.#applied === undefined) return false;
    const { table, chains } = this.#applied;
    const base = await this.#host.run('nft', ['list', 'chain', 'ip', table, 'nat-prerouting']);
    return base.code === 0 && (chains.get('nat-prerouting')?.rules ?? []).every((rule) => base.stdout.includes(rule));
  }

  /** The next `apply` writes everything, whatever we believe to be there. */
  forget(): void {
    this.#applied = undefined;
  }

  async #replace(ruleset: Ruleset): Promise<void> {
    this.#applied = undefined;
    const existing = await this.#names(ruleset.table);
    if (existing !== undefined && (await this.#run(fullScript(existing, ruleset))).code === 0) {
      this.#applied = ruleset;
      return;
    }
    // There is none, or an older version made it so differently that its sets cannot be kept.
    const { code, stderr } = await this.#run(fullScript(undefined, ruleset));
    if (code !== 0) throw new NftError(`nft refused the rules of table ${ruleset.table}: ${stderr.trim().slice(0, 2000)}`);
    this.#applied = ruleset;
  }

  async #names(table: string): Promise<TableNames | undefined> {
    const { code, stdout } = await this.#host.run('nft', ['--json', '--terse', 'list', 'table', 'ip', table]);
    return code === 0 ? parseNames(stdout) : undefined;
  }

  #run(script: string): Promise<{ code: number; stderr: string }> {
    return this.#host.run('nft', ['-f', '-'], script);
  }
}

/** Deletes a table. One that is not there is no error. */
export async function deleteTable(host: ProxyHost, table: string): Promise<void> {
  // Adding first makes the deletion succeed either way, in one transaction.
  const { code, stderr } = await host.run('nft', ['-f', '-'], `add table ip ${table}\ndelete table ip ${table}\n`);
  if (code !== 0 && code !== 127) throw new NftError(`nft could not delete table ${table}: ${stderr.trim()}`);
}

function parseNames(json: string): TableNames | undefined {
  try {
    const objects = (JSON.parse(json) as { nftables: Record<string, { name?: string } | undefined>[] }).nftables;
    const named = (kind: string): string[] => objects.flatMap((object) => object[kind]?.name ?? []);
    return {
      chains: named('chain'),
      sets: [
        ...named('set').map((name) => ({ kind: 'set' as const, name })),
        ...named('map').map((name) => ({ kind: 'map' as const, name })),
      ],
    };
  } catch {
    return undefined;
  }
}

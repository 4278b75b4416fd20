import type { ProxyHost } from './proxy-host.ts';
import type { Ruleset } from './ruleset.ts';
import { changeScript, fullScript, type TableNames } from './ruleset-script.ts';

/** The program is not there, or the kernel refuses what it is told. */
class NftError extends Error {}

/** Our table in the kernel. Every change is one transaction: after a crash in the middle the old rules stand. */
export class NftTable {
  readonly #host: ProxyHost;
  #applied: Ruleset | undefined;
  /** The kernel's number of the table: a table that was deleted and made again has another. */
  #handle: number | undefined;

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

  /** Whether the table is still the one that we wrote to, among those that there are. Another program may have flushed the whole ruleset. */
  isIntact(tables: ReadonlyMap<string, number>): boolean {
    if (this.#applied === undefined) return false;
    const handle = tables.get(`ip ${this.#applied.table}`);
    this.#handle ??= handle;
    return handle !== undefined && handle === this.#handle;
  }

  /** The next `apply` writes everything, whatever we believe to be there. */
  forget(): void {
    this.#applied = undefined;
    this.#handle = undefined;
  }

  async #replace(ruleset: Ruleset): Promise<void> {
    this.forget();
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

/** Every table of the machine, `FAMILY NAME` to the kernel's number of it. Empty when nft cannot say. */
export async function listTables(host: ProxyHost): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await host.run('nft', ['--json', 'list', 'tables']);
  try {
    const { nftables } = JSON.parse(stdout) as { nftables: { table?: { family: string; name: string; handle: number } }[] };
    return new Map(
      nftables.flatMap(({ table }) => (table === undefined ? [] : [[`${table.family} ${table.name}`, table.handle]])),
    );
  } catch {
    return new Map();
  }
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

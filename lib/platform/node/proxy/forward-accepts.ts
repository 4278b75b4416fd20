import type { ProxyHost } from './proxy-host.ts';

/**
 * Accepts for the pods' bridge in the iptables chains of others. Docker sets the policy of FORWARD to drop, and a drop in any table is
 * final, so our own table cannot help: DOCKER-USER is where Docker wants users' rules. Without Docker's chains (another firewall
 * that drops by default, such as ufw) they go into FORWARD itself.
 */
export interface AcceptOptions {
  readonly bridge: string;
  /** Marks our rules, as their comment. */
  readonly tag: string;
}

type Rule = readonly string[];

const PROGRAMS = ['iptables-nft', 'iptables-legacy', 'iptables'] as const;
const WAIT = ['-w', '10'];

const rulesOf = ({ bridge, tag }: AcceptOptions): { forward: Rule[]; input: Rule[] } => {
  const comment = ['-m', 'comment', '--comment', tag];
  const answers = ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED,DNAT'];
  return {
    // Towards the pods only answers and what a service sent there: a pod's address is not reachable from other networks.
    forward: [
      ['-i', bridge, ...comment, '-j', 'ACCEPT'],
      ['-o', bridge, ...answers, ...comment, '-j', 'ACCEPT'],
    ],
    // Service addresses behind which the node itself answers: the API and DNS.
    input: [['-i', bridge, ...answers, ...comment, '-j', 'ACCEPT']],
  };
};

/** Puts the accepts where they are needed and missing. Resolves with whether anything was added; never rejects. */
export async function ensureAccepts(host: ProxyHost, options: AcceptOptions): Promise<boolean> {
  const rules = rulesOf(options);
  const tables = await activeTables(host);
  const hasDocker = tables.some((table) => table.chains.has('DOCKER-USER'));
  let added = false;
  for (const table of tables) {
    const dockerUser = table.chains.get('DOCKER-USER');
    const forward = table.chains.get('FORWARD') ?? [];
    const input = table.chains.get('INPUT') ?? [];
    if (dockerUser !== undefined)
      added = (await ensure(host, table.program, 'DOCKER-USER', dockerUser, rules.forward, options)) || added;
    else if (!hasDocker && isRestrictive(forward))
      added = (await ensure(host, table.program, 'FORWARD', forward, rules.forward, options)) || added;
    if (isRestrictive(input)) added = (await ensure(host, table.program, 'INPUT', input, rules.input, options)) || added;
  }
  return added;
}

/** Takes every rule with our tag out of every chain. Never rejects. */
export async function removeAccepts(host: ProxyHost, options: AcceptOptions): Promise<void> {
  for (const table of await activeTables(host))
    for (const [chain, lines] of table.chains)
      for (const line of lines.filter((text) => isOurs(text, options.tag)))
        await host.run(table.program, [...WAIT, '-D', chain, ...splitRule(line).slice(2)]);
}

interface FilterTable {
  readonly program: string;
  /** `iptables -S CHAIN`, line by line. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
}

/** The filter tables that rules are in: a machine may have both flavours, and only asking the legacy one would load it. */
async function activeTables(host: ProxyHost): Promise<FilterTable[]> {
  const legacyTables = (await host.read('/proc/net/ip_tables_names')) ?? '';
  const tables: FilterTable[] = [];
  for (const program of PROGRAMS) {
    if (program === 'iptables-legacy' && !legacyTables.split('\n').includes('filter')) continue;
    // Where the flavours have names of their own, plain iptables is one of them.
    if (program === 'iptables' && tables.length > 0) continue;
    const { code, stdout } = await host.run(program, [...WAIT, '-S']);
    if (code !== 0) continue;
    const chains = new Map<string, string[]>();
    for (const line of stdout.split('\n')) {
      const [, , chain] = /^-(P|N|A) (\S+)/.exec(line) ?? [];
      if (chain === undefined) continue;
      const lines = chains.get(chain) ?? [];
      chains.set(chain, lines);
      lines.push(line);
    }
    tables.push({ program, chains });
  }
  return tables;
}

const isOurs = (line: string, tag: string): boolean => line.startsWith('-A ') && splitRule(line).includes(tag);

const isRestrictive = (lines: readonly string[]): boolean =>
  lines.some((line) => /^-P \S+ DROP$/.test(line) || / -j (DROP|REJECT)\b/.test(line));

async function ensure(
  host: ProxyHost,
  program: string,
  chain: string,
  lines: readonly string[],
  rules: readonly Rule[],
  { tag }: AcceptOptions,
): Promise<boolean> {
  const present = new Set(lines.filter((line) => isOurs(line, tag)).map((line) => splitRule(line).slice(2).join(' ')));
  const missing = rules.filter((rule) => !present.has(rule.join(' ')));
  if (missing.length === 0) return false;
  const appended = lines.filter((line) => line.startsWith('-A '));
  // The administrator's rules in DOCKER-USER come first; older Dockers end the chain with a RETURN, which nothing may follow.
  const returns = appended.findIndex((line) => /^-A \S+ -j RETURN$/.test(line));
  const position = chain === 'DOCKER-USER' ? (returns >= 0 ? returns : appended.length) : 0;
  for (const rule of [...missing].reverse()) await host.run(program, [...WAIT, '-I', chain, String(position + 1), ...rule]);
  return true;
}

/** The words of a rule as `iptables -S` prints it: words with odd characters stand in double quotes. */
function splitRule(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll(/\\(.)/g, '$1') ?? plain!,
  );
}

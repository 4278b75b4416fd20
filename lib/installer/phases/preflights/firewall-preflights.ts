import { type Finding, ok, type Preflight, warning } from './preflight.ts';

const nodePorts = { first: 30_000, last: 32_767 };

/**
 * Firewalls that let others neither reach the API nor the node ports, or that drop what pods send. All of them are warnings: from the server
 * itself everything works, and who is to reach it is its owner's to decide.
 */
export const firewall: Preflight = ({ facts, settings }) => {
  const findings: Finding[] = [];
  const closed = closedPorts(settings.port, facts.openPorts);
  for (const name of facts.firewalls) {
    if (closed === '') continue;
    findings.push(
      warning('firewall', `${name} is active, and lets ${closed} in from nowhere that we know of`, allow(name, closed)),
    );
  }
  for (const line of facts.dropChains) {
    const [hook = '', family = '', table = '', chain = ''] = line.split(' ');
    // Docker itself sets the policy of iptables' FORWARD, and its own rules and the platform's come before it.
    if (hook === 'forward' && !(table === 'filter' && /^ip6?$/.test(family))) {
      const rule = `nft add rule ${family} ${table} ${chain} iifname "oobr0" accept (and the same with oifname)`;
      findings.push(
        warning('firewall', `nftables' ${family} ${table} ${chain} drops what is forwarded, so pods reach nobody`, rule),
      );
    }
    if (hook === 'input' && facts.firewalls.length === 0) {
      const rule = `nft add rule ${family} ${table} ${chain} tcp dport { ${settings.port}, 30000-32767 } accept`;
      findings.push(
        warning('firewall', `nftables' ${family} ${table} ${chain} drops what it does not know, the API's port perhaps`, rule),
      );
    }
  }
  if (findings.length > 0) return findings;
  const [active] = facts.firewalls;
  return ok('firewall', active === undefined ? 'none that we know of' : `${active} lets the platform's ports in`);
};

/** The platform's ports that no open port or range covers, in words. */
function closedPorts(api: number, open: readonly string[]): string {
  const ranges = open.flatMap((text) => {
    const [, first = '', last = first] = /^(\d+)(?:[-:](\d+))?(?:\/tcp)?$/.exec(text) ?? [];
    return first === '' ? [] : [{ first: Number(first), last: Number(last) }];
  });
  const covered = (first: number, last: number) => ranges.some((range) => range.first <= first && range.last >= last);
  const closed = [covered(api, api) ? '' : String(api), covered(nodePorts.first, nodePorts.last) ? '' : '30000-32767'];
  return closed.filter(Boolean).join(' and ');
}

function allow(name: string, closed: string): string {
  const ports = closed.split(' and ');
  if (name === 'ufw') return ports.map((port) => `ufw allow ${port.replace('-', ':')}/tcp`).join('; ');
  return `firewall-cmd --permanent ${ports.map((port) => `--add-port=${port}/tcp`).join(' ')} && firewall-cmd --reload`;
}

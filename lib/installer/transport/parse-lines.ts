import type { CloudInitFact, DiskFact, Facts, InodeFact, ListenFact, RouteFact, UnitFact } from './facts.ts';
import type { Fields } from './parse-facts.ts';

/** How single lines of the probe are read. What is no such line answers nothing. */

/** A word, and the rest of the line. */
export function pair(line: string): [string, string] {
  const cut = line.indexOf(' ');
  return cut < 0 ? [line, ''] : [line.slice(0, cut), line.slice(cut + 1).trim()];
}

/** The memory, or the limit of the container that this server is, whichever is less. */
export function memoryOf(fields: Fields): Facts['memory'] {
  const kibibytes = (key: string) => (Number.parseInt(fields.get(`memory.${key}`)?.at(-1) ?? '', 10) || 0) * 1024;
  const limits = (fields.get('memory.limit') ?? []).filter((text) => /^\d+$/.test(text)).map(Number);
  const total = Math.min(kibibytes('MemTotal'), ...limits.filter((limit) => limit > 0));
  return { total, available: Math.min(kibibytes('MemAvailable'), total) };
}

/** `PATH FREE TYPE OPTIONS MOUNTPOINT`, FREE in KiB. */
export function diskOf(line: string): DiskFact[] {
  const [path = '', free = '', type = '', options = '', ...mount] = line.split(' ');
  if (path === '' || !/^\d+$/.test(free)) return [];
  return [{ path, free: Number(free) * 1024, type, options: options.split(','), mountPoint: mount.join(' ') }];
}

/** `PATH TOTAL FREE MOUNTPOINT`. */
export function inodesOf(line: string): InodeFact[] {
  const [path = '', total = '', free = '', ...mount] = line.split(' ');
  // btrfs and some network file systems say `-` or 0: they have no fixed number.
  if (!/^\d+$/.test(total) || !/^\d+$/.test(free)) return [];
  return [{ path, total: Number(total), free: Number(free), mountPoint: mount.join(' ') }];
}

/** /proc/net/tcp and its like write an address as hexadecimal words of this machine's byte order, then the port (proc(5)). */
export function listensOf(fields: Fields): ListenFact[] {
  const v6only = new Set((fields.get('listen.v6only') ?? []).map(Number));
  const families = ['tcp', 'tcp6', 'udp', 'udp6'] as const;
  return families.flatMap((family) =>
    (fields.get(`listen.${family}`) ?? []).flatMap((text) => {
      const [, address = '', hex = ''] = /^(?:([0-9A-F]{8}|[0-9A-F]{32}):)?([0-9A-F]{4})$/.exec(text) ?? [];
      const port = Number.parseInt(hex, 16);
      if (!(port > 0)) return [];
      const protocol = family.startsWith('tcp') ? 'tcp' : 'udp';
      return [{ protocol, address: addressOf(address, v6only.has(port)), port } as const];
    }),
  );
}

function addressOf(hex: string, v6only: boolean): string {
  if (hex === '' || hex === '00000000') return 'any';
  if (hex.length === 8) return [...Buffer.from(hex, 'hex')].reverse().join('.');
  // A socket on :: takes IPv4 too, unless it was told not to.
  if (/^0+$/.test(hex)) return v6only ? 'none' : 'any';
  return hex.startsWith('0000000000000000FFFF0000') ? addressOf(hex.slice(24), v6only) : 'none';
}

/** /proc/net/route writes addresses in hexadecimal, least significant byte first. */
export function routeOf(line: string): RouteFact[] {
  const [device = '', network = '', mask = ''] = line.split(' ');
  const number = (hex: string) => Buffer.from(hex.padStart(8, '0'), 'hex').readUInt32LE();
  return /^[0-9A-F]{8}$/i.test(network) && /^[0-9A-F]{8}$/i.test(mask)
    ? [{ device, network: number(network), mask: number(mask) }]
    : [];
}

/** `NAME PID`. */
export function processOf(line: string): [string, number][] {
  const [name, id] = pair(line);
  return /^\d+$/.test(id) ? [[name, Number(id)]] : [];
}

/** Properties of `systemctl show`; undefined for a unit that is not there. */
export function unitOf(line: string): UnitFact | undefined {
  const property = (key: string) => new RegExp(`(?:^| )${key}=(\\S*)`).exec(line)?.[1] ?? '';
  return property('LoadState') === 'loaded'
    ? { active: property('ActiveState'), enabled: property('UnitFileState'), load: 'loaded' }
    : undefined;
}

/** result.json has the errors of every stage under v1.errors. */
export function cloudInitOf(fields: Fields): CloudInitFact {
  const last = (key: string) => fields.get(key)?.at(-1) ?? '';
  const told = last('cloud-init');
  const stage = last('cloud-init.stage');
  if (told !== 'running' && told !== 'done' && told !== 'failed') return { state: 'absent', stage, errors: [] };
  const errors = told === 'done' ? errorsOf(last('cloud-init.result')) : [];
  return { state: errors.length > 0 ? 'failed' : told, stage, errors };
}

function errorsOf(result: string): string[] {
  try {
    const { v1 } = JSON.parse(result) as { v1?: { errors?: unknown } };
    return Array.isArray(v1?.errors) ? v1.errors.map(String).slice(0, 5) : [];
  } catch {
    return [];
  }
}

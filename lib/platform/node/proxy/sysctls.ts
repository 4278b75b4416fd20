import { dirname } from 'node:path';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ProxyHost } from './proxy-host.ts';

const file = (name: string): string => `/proc/sys/${name.replaceAll('.', '/')}`;

/** What services need of the kernel. The bridge's own comes and goes with the bridge. */
const GLOBAL = ['net.ipv4.ip_forward', 'net.bridge.bridge-nf-call-iptables'] as const;

/** Sets the kernel's switches for services, and remembers in a file what they were before we changed them first. */
export class Sysctls {
  readonly #host: ProxyHost;
  readonly #recordPath: string | undefined;

  constructor(host: ProxyHost, recordPath: string | undefined) {
    this.#host = host;
    this.#recordPath = recordPath;
  }

  /** Whether bridged frames can pass through the IP hooks at all, loading the module for it where it is one. */
  async hasBridgeNetfilter(): Promise<boolean> {
    const path = file('net.bridge.bridge-nf-call-iptables');
    if ((await this.#host.read(path)) !== undefined) return true;
    await this.#host.run('modprobe', ['br_netfilter']);
    return (await this.#host.read(path)) !== undefined;
  }

  /** Resolves with the names of those that had to be changed. Rejects when one cannot be. */
  async ensure(bridge: string): Promise<string[]> {
    const changed: string[] = [];
    for (const name of GLOBAL) if (await this.#set(name, true)) changed.push(name);
    // For node ports on 127.0.0.1, whose packets leave by the bridge with that source before it is rewritten.
    const local = `net.ipv4.conf.${bridge}.route_localnet`;
    if (await this.#set(local, false)) changed.push(local);
    return changed;
  }

  async #set(name: string, isRecorded: boolean): Promise<boolean> {
    const old = (await this.#host.read(file(name)))?.trim();
    if (old === undefined || old === '1') return false;
    if (isRecorded) await this.#record(name, old);
    await this.#host.write(file(name), '1\n');
    return true;
  }

  async #record(name: string, old: string): Promise<void> {
    if (this.#recordPath === undefined) return;
    const record = await readRecord(this.#recordPath);
    if (record.has(name)) return;
    record.set(name, old);
    await mkdir(dirname(this.#recordPath), { recursive: true });
    await writeFile(this.#recordPath, JSON.stringify(Object.fromEntries(record)), { mode: 0o600 });
  }

  /** Gives back what was changed, unless somebody changed it again since, or Docker (which would have set it too) needs it now. */
  async restore(): Promise<void> {
    if (this.#recordPath === undefined) return;
    if ((await this.#host.read(file('net.ipv4.conf.docker0.forwarding'))) !== undefined) {
      await rm(this.#recordPath, { force: true });
      return;
    }
    for (const [name, old] of await readRecord(this.#recordPath)) {
      if (!GLOBAL.includes(name as (typeof GLOBAL)[number]) || !/^\d+$/.test(old)) continue;
      if ((await this.#host.read(file(name)))?.trim() === '1') await this.#host.write(file(name), `${old}\n`);
    }
    await rm(this.#recordPath, { force: true });
  }
}

async function readRecord(path: string): Promise<Map<string, string>> {
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    return new Map(Object.entries(parsed as Record<string, string>).filter(([, value]) => typeof value === 'string'));
  } catch {
    return new Map();
  }
}

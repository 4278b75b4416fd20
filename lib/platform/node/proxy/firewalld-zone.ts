import type { ProxyHost } from './proxy-host.ts';

/**
 * firewalld rejects what comes from an interface that no zone of its claims, in a table of its own where no accept of ours counts.
 * So the pods' bridge joins the zone `trusted` at run time, as Docker's bridges have one. A reload forgets that, and a look
 * costs a third of a second: it is taken when firewalld's table is another one than last time.
 */
export class FirewalldZone {
  readonly #host: ProxyHost;
  readonly #bridge: string;
  #seenHandle: number | undefined;

  constructor(host: ProxyHost, bridge: string) {
    this.#host = host;
    this.#bridge = bridge;
  }

  /** `handle` is that of the table `inet firewalld`, undefined when it does not run. Resolves with whether the bridge was added. */
  async ensure(handle: number | undefined): Promise<boolean> {
    if (handle === this.#seenHandle) return false;
    if (handle === undefined) {
      this.#seenHandle = undefined;
      return false;
    }
    const asked = await this.#host.run('firewall-cmd', ['--zone=trusted', `--query-interface=${this.#bridge}`]);
    if (asked.code === 0) this.#seenHandle = handle;
    if (asked.code !== 1) return false;
    const { code } = await this.#host.run('firewall-cmd', ['--zone=trusted', `--change-interface=${this.#bridge}`]);
    if (code === 0) this.#seenHandle = handle;
    return code === 0;
  }

  /** Takes the bridge out of the zone; never rejects. */
  async remove(): Promise<void> {
    await this.#host.run('firewall-cmd', ['--zone=trusted', `--remove-interface=${this.#bridge}`]);
  }
}

import { PktReader, pktLine } from './pkt-line.ts';

/** A ref that a push has moved. */
export interface ReceivedRef {
  /** `refs/heads/main` */
  readonly ref: string;
  /** The commit that it is at now; undefined: it was removed. */
  readonly commit: string | undefined;
}

const COMMAND = /^([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) (\S+)$/;
/** Bytes: some nine thousand refs. Each is a file, and git holds them all in memory, which it has in common with everybody's. */
export const LARGEST_COMMANDS = 1 << 20;

/** The commands at the head of a receive-pack request, read while it passes by (gitprotocol-pack, "Reference Update Request"). */
export class PushCommands {
  readonly refs: ReceivedRef[] = [];
  /** Whether who pushes can be told something while it works. */
  sideBand = false;
  /** They are more than a push may have: nothing behind them is git's to read. */
  tooMany = false;
  #reader: PktReader | undefined = new PktReader();
  #seen = 0;

  /** Never throws: what this cannot read, git judges. */
  read(chunk: Buffer): void {
    if (this.#reader === undefined) return;
    this.#seen += chunk.length;
    try {
      for (const line of this.#reader.push(chunk)) {
        if (line === undefined) return this.#end();
        this.#command(line.toString('utf8'));
      }
    } catch {
      this.#end();
    }
    this.tooMany = this.#reader !== undefined && this.#seen > LARGEST_COMMANDS;
    if (this.tooMany) this.#end();
  }

  #command(line: string): void {
    const [command = '', capabilities = ''] = line.replace(/\n$/, '').split('\0');
    if (capabilities.split(' ').includes('side-band-64k')) this.sideBand = true;
    const [, , to = '', ref = ''] = COMMAND.exec(command) ?? [];
    if (ref !== '') this.refs.push({ ref, commit: /^0+$/.test(to) ? undefined : to });
  }

  #end(): void {
    this.#reader = undefined;
  }
}

/**
 * The answer of receive-pack, whose last flush is held back so that more can be said before it. Also tells which refs were taken
 * (gitprotocol-pack, "Report Status").
 */
export class PushReport {
  readonly taken = new Set<string>();
  readonly #outer = new PktReader();
  readonly #inner = new PktReader();
  #held = false;

  /** What may be passed on of a chunk. @throws Error when it is not git's framing */
  pass(chunk: Buffer): Buffer {
    const out: Buffer[] = [];
    for (const line of this.#outer.push(chunk)) {
      // Only the last one is held: nothing follows it.
      if (this.#held) out.push(Buffer.from('0000'));
      this.#held = line === undefined;
      if (line === undefined) continue;
      out.push(pktLine(line));
      if (line[0] === 1) this.#status(line.subarray(1));
    }
    return Buffer.concat(out);
  }

  /** Whether there is a flush to be sent at the end. */
  get held(): boolean {
    return this.#held;
  }

  #status(bytes: Buffer): void {
    for (const line of this.#inner.push(bytes)) {
      const ref = /^ok (\S+)\n?$/.exec(line?.toString('utf8') ?? '')?.[1];
      if (ref !== undefined) this.taken.add(ref);
    }
  }
}

import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { assetPath } from '../../../common/assets.ts';
import { type PackedPayload, type PackFormat, packPayload, type Payload } from '../../artifacts/packed-payload.ts';
import { debHead, sampleDebFormat } from '../../artifacts/zstd-deb.ts';
import { printable } from '../../../common/printable.ts';
import type { SshConnection } from './connection.ts';
import { lineReader } from './line-reader.ts';
import type { RemoteScript } from './remote-script.ts';

export interface SendOptions {
  readonly payload: Payload;
  readonly target: string;
  readonly cacheDir: string;
  /** Where the server keeps what is not whole yet. */
  readonly incoming: string;
  /** Bytes of the payload that are on the server. */
  readonly onProgress: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** How one attempt ended. `cut`: with so many bytes there, where the next attempt goes on. */
export type SendOutcome =
  | { readonly state: 'done' }
  | { readonly state: 'cut'; readonly had: number }
  | { readonly state: 'corrupt'; readonly packed: PackedPayload; readonly actual: string }
  /** `packed`: what was sent, when it had come to that. */
  | { readonly state: 'failed'; readonly why: string; readonly packed?: PackedPayload | undefined };

/** What the server's tools unpack, and what it is therefore sent. */
const formats: Readonly<Record<string, PackFormat>> = { deb: 'deb', zstd: 'deb', gzip: 'gzip', none: 'raw' };

/** The receiving side's script and its arguments (assets/transport/receive.sh). */
export async function receiver(options: Pick<SendOptions, 'payload' | 'target' | 'incoming'>) {
  const { payload, target, incoming } = options;
  const script = await readFile(assetPath('transport', 'receive.sh'), 'utf8');
  const token = randomBytes(6).toString('hex');
  const args = [payload.kind, target, payload.sha256, token, incoming, sampleDebFormat(), String(debHead(0).length)];
  return { script, args };
}

/** Speaks with the receiver: asks what it unpacks and what it has, sends the rest, and hears what became of it. */
export async function sendPayload(remote: RemoteScript, connection: SshConnection, options: SendOptions): Promise<SendOutcome> {
  const { payload, cacheDir, onProgress } = options;
  const next = lineReader(remote.channel);
  let packed: PackedPayload | undefined;
  let had = 0;
  for (;;) {
    const line = await next();
    if (line === undefined) {
      // The script itself is gone: its shell says why, if it can.
      const status = await Promise.race([remote.exited, connection.ended.then(() => undefined)]);
      if (!connection.isOpen) return { state: 'cut', had };
      return failed(remote.complaints() || `the receiver ended with status ${status ?? 'none'}`);
    }
    const [word = '', ...rest] = line.split(' ');
    if (word === 'there' || word === 'done') {
      onProgress(payload.size);
      return { state: 'done' };
    }
    if (word === 'unpacks') {
      const format = payload.isCompressed ? 'raw' : (formats[rest[0] ?? ''] ?? 'raw');
      packed = await packPayload(payload, format, cacheDir);
      remote.channel.write(`${packed.sha256} ${packed.size} ${packed.format} ${packed.length}\n`);
    } else if (word === 'have' && packed !== undefined) {
      had = Number(rest[0]);
      if (!Number.isSafeInteger(had) || had < 0 || had > packed.size) return failed(`it has ${rest[0]} of ${packed.size} bytes`);
      await stream(packed, had, remote, connection, options);
    } else if (word === 'corrupt' && packed !== undefined) {
      return { state: 'corrupt', packed, actual: printable(rest[0] ?? '') };
    } else if (word === 'failed') {
      return { ...failed(rest.join(' ')), packed };
    } else if (word === 'short') {
      return { state: 'cut', had };
    } else {
      return failed(`the receiver said ${line}`);
    }
  }
}

const failed = (why: string) => ({ state: 'failed' as const, why: printable(why).trim().slice(0, 500) });

/** Sends what the server lacks. Ends early when the server hangs up: what it says then tells why. */
async function stream(
  packed: PackedPayload,
  from: number,
  remote: RemoteScript,
  connection: SshConnection,
  { payload, onProgress, signal }: SendOptions,
): Promise<void> {
  const { channel } = remote;
  let over = false;
  const gone = Promise.race([remote.exited, connection.ended]).then(() => {
    over = true;
  });
  const portion = (sent: number) => Math.min(payload.size, Math.round((payload.size * sent) / Math.max(1, packed.size)));
  let sent = from;
  onProgress(portion(sent));
  if (from < packed.size) {
    for await (const chunk of createReadStream(packed.path, { start: from, highWaterMark: 1 << 19 })) {
      signal?.throwIfAborted();
      if (over) return;
      connection.cork();
      if (!channel.write(chunk)) await Promise.race([drained(channel), gone]);
      sent += (chunk as Buffer).length;
      onProgress(portion(sent));
    }
  }
  if (!over) channel.end();
}

function drained(channel: RemoteScript['channel']): Promise<void> {
  return new Promise((resolve) => channel.once('drain', () => resolve()));
}

import { gzipSync, zstdCompressSync } from 'node:zlib';
import { tarEnd } from './tar-writer.ts';

/** A member's header in an ar archive (ar(5)): name, times, owner, mode and size as text. */
function arHeader(name: string, size: number): Buffer {
  const text = `${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(size).padEnd(10)}\`\n`;
  return Buffer.from(text, 'latin1');
}

/**
 * What makes `size` bytes of zstd data a Debian package when it stands before them (deb(5)): dpkg-deb --fsys-tarfile then writes out what they
 * unpack to, on hosts that have no zstd of their own. Of the same length for every size.
 */
export function debHead(size: number): Buffer {
  // Members begin at even offsets.
  const control = gzipSync(tarEnd);
  const padded = control.length % 2 === 0 ? control : Buffer.concat([control, Buffer.from('\n')]);
  return Buffer.concat([
    Buffer.from('!<arch>\n'),
    arHeader('debian-binary', 4),
    Buffer.from('2.0\n'),
    arHeader('control.tar.gz', control.length),
    padded,
    arHeader('data.tar.zst', size),
  ]);
}

/** What makes the zstd data even in length: a frame that decompressors skip (RFC 8878, section 3.1.2). */
export function debTail(size: number): Buffer {
  if (size % 2 === 0) return Buffer.alloc(0);
  return Buffer.from([0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 0]);
}

/** A whole package around an empty archive, as a format of printf(1): whether a host's dpkg-deb knows zstd is found out with it. */
export function sampleDebFormat(): string {
  const data = zstdCompressSync(tarEnd);
  const even = Buffer.concat([data, debTail(data.length)]);
  const sample = Buffer.concat([debHead(even.length), even]);
  return [...sample].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

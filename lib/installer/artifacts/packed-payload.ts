import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { constants, createGzip, createZstdCompress, type Gzip, type ZstdCompress } from 'node:zlib';
import { z } from 'zod';
import type { FileToSend } from '../transport/transport.ts';
import { type Artifact, artifactTar } from './artifact.ts';
import { hashFile, writeWhole } from './cache.ts';
import { keepNewest } from './keep-newest.ts';
import { debHead, debTail } from './zstd-deb.ts';
import { sha256Hex } from './sha256.ts';

/** What is sent to a server in one piece. */
export interface Payload {
  /** A folder, sent as a tar archive, or a file. */
  readonly kind: 'tree' | 'file';
  /** Names the content: hex. */
  readonly sha256: string;
  /** Bytes before packing. */
  readonly size: number;
  /** Packing would not make it smaller: it is sent as it is. */
  readonly isCompressed: boolean;
  content(): Readable;
}

/** `deb`: zstd inside a Debian package, which dpkg-deb unpacks where there is no zstd; `gzip`; or as it is. */
export type PackFormat = 'deb' | 'gzip' | 'raw';

/** A payload as it goes over the wire. */
export interface PackedPayload {
  readonly path: string;
  readonly format: PackFormat;
  readonly sha256: string;
  readonly size: number;
  /** Bytes that it unpacks to. */
  readonly length: number;
}

/** An artifact as a tree of files, packed while it is sent. */
export function artifactPayload(artifact: Artifact): Payload {
  const { sha256, size } = artifact;
  return { kind: 'tree', sha256, size, isCompressed: false, content: () => artifactTar(artifact) };
}

/** A file as it lies here. */
export function filePayload(file: FileToSend): Payload {
  const { source, sha256, size, isCompressed = false } = file;
  return { kind: 'file', sha256, size, isCompressed, content: () => createReadStream(source) };
}

/**
 * zstd's level for what is packed once and sent to many: the 147 MB of Node become 42.3 MB in 1.2 s on one core (3: 45.6 MB in 0.5 s; 9:
 * 40.5 MB in 1.9 s; 12: 40.1 MB in 4.5 s; gzip: 50.6 MB in 3.0 s). Below 300 Mbit/s a lower level would lose more time on the wire.
 */
const zstdLevel = 6;
/** Packed payloads that are kept. */
const kept = 24;
const packing = new Map<string, Promise<PackedPayload>>();
const note = z.strictObject({ sha256: sha256Hex, size: z.int().positive(), length: z.int() });
type Note = z.infer<typeof note>;

/** Packs a payload, once: later runs and other servers find it in the cache. */
export function packPayload(payload: Payload, format: PackFormat, cacheDir: string): Promise<PackedPayload> {
  const path = join(cacheDir, 'packed', `${payload.kind}-${payload.sha256}.${format}`);
  const begun = packing.get(path);
  if (begun !== undefined) return begun;
  const packed = pack(payload, format, path);
  packing.set(path, packed);
  packed.catch(() => packing.delete(path));
  return packed;
}

/** Whether the packed file is still what it was; one that has gone bad is thrown away. */
export async function recheckPacked(packed: PackedPayload): Promise<boolean> {
  if ((await hashFile(packed.path).catch(() => '')) === packed.sha256) return true;
  packing.delete(packed.path);
  await rm(packed.path, { force: true });
  return false;
}

async function pack(payload: Payload, format: PackFormat, path: string): Promise<PackedPayload> {
  const known = await readNote(path);
  if (known !== undefined) return { path, format, ...known };
  const folder = join(path, '..');
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const result = await write(payload, format, temporary);
    await writeWhole(`${path}.json`, JSON.stringify(result));
    await rename(temporary, path);
    await keepNewest(folder, kept);
    return { path, format, ...result };
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readNote(path: string): Promise<Note | undefined> {
  try {
    const known = note.parse(JSON.parse(await readFile(`${path}.json`, 'utf8')));
    if ((await stat(path)).size !== known.size) return undefined;
    const now = new Date();
    await utimes(path, now, now);
    return known;
  } catch {
    return undefined;
  }
}

async function write(payload: Payload, format: PackFormat, path: string): Promise<Note> {
  await using file = await open(path, 'wx');
  // The head tells the length of what follows it: its place is kept free until that is known.
  const head = format === 'deb' ? debHead(0).length : 0;
  let size = 0;
  const content = payload.content();
  const packer = packerFor(format);
  const packed: Readable = packer === undefined ? content : content.pipe(packer);
  if (packer !== undefined) content.on('error', (error) => packer.destroy(error));
  for await (const chunk of packed) {
    await file.write(chunk as Buffer, 0, undefined, head + size);
    size += (chunk as Buffer).length;
  }
  const length = packer?.bytesWritten ?? size;
  if (format === 'deb') {
    const tail = debTail(size);
    await file.write(tail, 0, undefined, head + size);
    size += tail.length;
    await file.write(debHead(size), 0, undefined, 0);
  }
  await file.datasync();
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { sha256: hash.digest('hex'), size: head + size, length };
}

function packerFor(format: PackFormat): Gzip | ZstdCompress | undefined {
  if (format === 'raw') return undefined;
  if (format === 'gzip') return createGzip({ level: 6, chunkSize: 1 << 18 });
  return createZstdCompress({ chunkSize: 1 << 18, params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } });
}

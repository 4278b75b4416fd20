import { statfs } from 'node:fs/promises';
import type { Clock } from '../../../../common/clock.ts';
import { errorText } from '../../../../common/errors.ts';
import type { Log } from '../../../../common/log.ts';
import type { ContainerRuntime, ImageInfo } from '../../../runtime/container-runtime.ts';
import type { ImageLedger } from './image-ledger.ts';

/** kubelet's defaults: nothing is removed below the upper mark; then the least recently used, down to the lower one. */
const HIGH = 0.85;
const LOW = 0.8;
const MIN_AGE_MS = 120_000;
const PERIOD_MS = 300_000;

export interface DiskUse {
  readonly total: number;
  readonly free: number;
}

export interface CollectorOptions {
  readonly runtime: ContainerRuntime;
  readonly ledger: ImageLedger;
  readonly clock: Clock;
  readonly log: Log;
  /** Of the file system that images are on. @default that of /var/lib/docker, else of / */
  readonly disk?: () => Promise<DiskUse>;
}

/** Which images go, the least recently used first, to bring the disk's use down to the lower mark. Pure. */
function imagesToRemove(
  images: readonly ImageInfo[],
  ours: ReadonlyMap<string, number>,
  inUse: ReadonlySet<string>,
  disk: DiskUse,
  now: number,
): ImageInfo[] {
  const used = disk.total - disk.free;
  if (used <= disk.total * HIGH) return [];
  let excess = used - disk.total * LOW;
  const candidates = images
    .filter(({ id }) => ours.has(id) && !inUse.has(id) && now - ours.get(id)! >= MIN_AGE_MS)
    .sort((a, b) => ours.get(a.id)! - ours.get(b.id)!);
  const chosen: ImageInfo[] = [];
  for (const image of candidates) {
    if (excess <= 0) break;
    chosen.push(image);
    excess -= image.size;
  }
  return chosen;
}

/** Keeps images that pods have brought from filling the disk. Until the signal; never rejects. */
export async function runImageCollector(options: CollectorOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  while (!signal.aborted) {
    await clock.sleep(PERIOD_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    await collect(options).catch((error: unknown) => log.warn({ error: errorText(error) }, 'images not collected'));
  }
}

/** Removes images, the longest unused first, when the disk is full. */
export async function collect({ runtime, ledger, clock, log, disk = engineDisk }: CollectorOptions): Promise<void> {
  const [images, containers, use] = await Promise.all([runtime.images(), runtime.summaries({}), disk()]);
  const inUse = new Set(containers.map(({ imageId }) => imageId));
  await ledger.touch(inUse, clock.now());
  for (const image of imagesToRemove(images, await ledger.all(), inUse, use, clock.now())) {
    log.info({ image: image.tags[0] ?? image.id, bytes: image.size }, 'removing unused image');
    // By each of its names: the engine removes an image with its last one, and refuses an id that has several.
    const names = [...image.tags, ...image.digests];
    for (const name of names.length === 0 ? [image.id] : names) await runtime.removeImage(name);
    await ledger.forget(image.id);
  }
}

async function engineDisk(): Promise<DiskUse> {
  const { bsize, blocks, bavail } = await statfs('/var/lib/docker').catch(() => statfs('/'));
  return { total: bsize * blocks, free: bsize * bavail };
}

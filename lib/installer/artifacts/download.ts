import { createHash } from 'node:crypto';
import { errorText } from '../../common/errors.ts';
import { artifactErrors } from './artifact-errors.ts';

/** What is to be downloaded, and what its bytes must be. */
export interface Download {
  readonly what: string;
  readonly urls: readonly string[];
  readonly sha256: string;
  /** Bytes. More than this is refused while it comes in. */
  readonly size: number;
}

/** Downloads small files (packages); each URL is tried in turn. Wrong bytes from one do not keep the next from being tried. */
export async function download(item: Download, signal?: AbortSignal): Promise<Buffer> {
  let last: unknown;
  for (const url of item.urls) {
    try {
      return await downloadOne(url, item, signal);
    } catch (error) {
      signal?.throwIfAborted();
      last = error;
    }
  }
  throw artifactErrors.PACKAGE_NOT_AVAILABLE(item.what, errorText(last), { cause: last });
}

async function downloadOne(url: string, item: Download, signal?: AbortSignal): Promise<Buffer> {
  const deadline = AbortSignal.timeout(120_000);
  const response = await fetch(url, { signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) });
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
  const hash = createHash('sha256');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > item.size) throw new Error(`${url} sends more than ${item.size} bytes`);
    hash.update(bytes);
    chunks.push(bytes);
  }
  const actual = hash.digest('hex');
  if (actual !== item.sha256) throw artifactErrors.CHECKSUM_MISMATCH(url, item.sha256, actual);
  return Buffer.concat(chunks);
}

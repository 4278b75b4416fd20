import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type Part,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { atOnce } from '../../../../common/at-once.ts';
import type { AwsAccount } from '../account.ts';
import { awsErrors } from '../aws-errors.ts';
import { askAws } from '../explain-aws.ts';
import { compositeChecksum, type FilePart, partsOf, readPart } from './file-parts.ts';

/** Where an object is to be. Its key must be of its content alone: what is there under it is what was meant. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

export interface StoreOptions {
  readonly signal: AbortSignal;
  /** Told of the bytes that are stored so far, those of an earlier run too. */
  readonly onProgress: (bytes: number) => void;
  /** Bytes of a part. @default 16 MiB; never less than the 5 MiB that S3 takes */
  readonly partSize?: number | undefined;
}

/** Parts that are on their way at once: each is held in memory as long. */
const partsAtOnce = 4;

/**
 * Stores a file as an object: encrypted, in parts that S3 checks by their SHA-256, the object whole or not there at all. Cut off anywhere, the
 * next run sends what is missing; what other keys had begun is taken away. Answers whether it was there already.
 * @throws OoError LAB_ARCHIVE_CORRUPT, and what explainAws makes
 */
export async function storeObject(
  where: AwsAccount,
  place: ObjectPlace,
  file: { readonly path: string; readonly size: number },
  { signal, onProgress, partSize }: StoreOptions,
): Promise<'stored' | 'there'> {
  const bucket = bucketOf(where, place, signal);
  const parts = await partsOf(file.path, file.size, partSize);
  if (await isStored(bucket, place, parts)) return 'there';
  const UploadId = await openUpload(bucket, place);
  const upload = { Key: place.key, UploadId };
  const stored = await storedParts(bucket, upload, parts);
  const tell = (): void => onProgress(parts.reduce((sum, part) => sum + (stored.has(part.number) ? part.size : 0), 0));
  if (stored.size > 0) tell();
  const missing = parts.filter(({ number }) => !stored.has(number));
  await atOnce(partsAtOnce, missing, async (part) => {
    signal.throwIfAborted();
    const Body = await readPart(file.path, part);
    const checked = { PartNumber: part.number, ContentLength: part.size, ChecksumSHA256: part.sha256 };
    const { ETag = '' } = await bucket.ask('s3:PutObject', (s3, common) =>
      s3.send(new UploadPartCommand({ ...common, ...upload, ...checked, Body }), { abortSignal: signal }),
    );
    stored.set(part.number, ETag);
    tell();
  });
  const Parts = parts.map(({ number, sha256 }) => ({
    PartNumber: number,
    ETag: stored.get(number)!,
    ChecksumSHA256: sha256,
  }));
  await bucket.ask('s3:PutObject', (s3, common) =>
    s3.send(new CompleteMultipartUploadCommand({ ...common, ...upload, MultipartUpload: { Parts } })),
  );
  if (!(await isStored(bucket, place, parts))) throw awsErrors.LAB_ARCHIVE_CORRUPT(`s3://${place.bucket}/${place.key}`);
  return 'stored';
}

interface AskedBucket {
  /** `action`: the permission that S3 asks for; it does not always say so itself. */
  ask<T>(action: string, work: (s3: S3Client, common: { Bucket: string; ExpectedBucketOwner: string }) => Promise<T>): Promise<T>;
}

/** Every request says whose the bucket has to be: names of buckets are those of the whole world. */
function bucketOf({ aws, region, account }: AwsAccount, { bucket }: ObjectPlace, signal: AbortSignal): AskedBucket {
  const common = { Bucket: bucket, ExpectedBucketOwner: account };
  return {
    ask: (action, work) => {
      signal.throwIfAborted();
      return askAws(`upload what hosts install themselves from to ${bucket}`, region, () => work(aws.s3, common), action);
    },
  };
}

async function isStored(bucket: AskedBucket, { key: Key }: ObjectPlace, parts: readonly FilePart[]): Promise<boolean> {
  const found = await bucket.ask('s3:GetObject', async (s3, common) => {
    try {
      return await s3.send(new HeadObjectCommand({ ...common, Key, ChecksumMode: 'ENABLED' }));
    } catch (error) {
      if (error instanceof Error && (error.name === 'NotFound' || error.name === 'NoSuchKey')) return undefined;
      throw error;
    }
  });
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  return found?.ContentLength === size && found.ChecksumSHA256 === compositeChecksum(parts);
}

/** Goes on with what an earlier run began under this key; everything else that was begun in the bucket is over. */
async function openUpload(bucket: AskedBucket, { key: Key }: ObjectPlace): Promise<string> {
  const { Uploads = [] } = await bucket.ask('s3:ListBucketMultipartUploads', (s3, common) =>
    s3.send(new ListMultipartUploadsCommand(common)),
  );
  const ours = Uploads.find((upload) => upload.Key === Key && upload.ChecksumAlgorithm === 'SHA256');
  for (const { Key: other, UploadId } of Uploads.filter((upload) => upload !== ours)) {
    await bucket.ask('s3:AbortMultipartUpload', (s3, common) =>
      s3.send(new AbortMultipartUploadCommand({ ...common, Key: other, UploadId })),
    );
  }
  if (ours?.UploadId !== undefined) return ours.UploadId;
  const kind = { ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE', ServerSideEncryption: 'AES256' } as const;
  const { UploadId } = await bucket.ask('s3:PutObject', (s3, common) =>
    s3.send(new CreateMultipartUploadCommand({ ...common, Key, ...kind })),
  );
  return UploadId!;
}

/** The ETags of parts that S3 has already, by their numbers. */
async function storedParts(
  bucket: AskedBucket,
  upload: { readonly Key: string; readonly UploadId: string },
  parts: readonly FilePart[],
): Promise<Map<number, string>> {
  const found: Part[] = [];
  // The SDK's own paginator goes by a marker that S3 sends with the last page too, and begins again.
  for (let after: string | undefined; ;) {
    const from = after === undefined ? upload : { ...upload, PartNumberMarker: after };
    const page = await bucket.ask('s3:ListMultipartUploadParts', (s3, common) =>
      s3.send(new ListPartsCommand({ ...common, ...from })),
    );
    found.push(...(page.Parts ?? []));
    if (page.IsTruncated !== true) break;
    after = page.NextPartNumberMarker;
  }
  const wanted = new Map(parts.map((part) => [part.number, part]));
  return new Map(
    found
      .filter(({ PartNumber = 0, Size, ChecksumSHA256 }) => {
        const part = wanted.get(PartNumber);
        return part !== undefined && part.size === Size && part.sha256 === ChecksumSHA256;
      })
      .map(({ PartNumber, ETag = '' }) => [PartNumber!, ETag] as const),
  );
}

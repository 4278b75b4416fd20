import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  paginateListBuckets,
  type S3Client,
} from '@aws-sdk/client-s3';
import { isGone } from '../aws-answers.ts';
import { bearsBoth, found, mayBeNamed, type TagList } from '../ownership.ts';
import type { Found, Sweeper } from '../sweeper.ts';

/** With every version of every object, and uploads that were never ended: a bucket has to be empty before it can go. */
export const buckets: Sweeper = {
  type: 'bucket',
  dependsOn: [],
  async find({ s3 }, { lab }) {
    const pages = await Array.fromAsync(paginateListBuckets({ client: s3 }, {}));
    const ours: Found[] = [];
    for (const { Name } of pages.flatMap(({ Buckets = [] }) => Buckets)) {
      if (mayBeNamed(Name, lab) && bearsBoth(await tagsOf(s3, Name!), lab)) ours.push(found('bucket', Name, ''));
    }
    return ours;
  },
  async remove({ s3 }, { id: Bucket }) {
    await empty(s3, Bucket);
    await s3.send(new DeleteBucketCommand({ Bucket }));
  },
};

/** A bucket without tags answers with an error, and so does one that has gone meanwhile. */
async function tagsOf(s3: S3Client, Bucket: string): Promise<TagList> {
  try {
    return (await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function empty(s3: S3Client, Bucket: string): Promise<void> {
  // What has been deleted is no longer listed: the first page is always asked for.
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) break;
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    const [refused] = Errors;
    if (refused !== undefined)
      throw Object.assign(new Error(`${refused.Key}: ${refused.Message}`), { name: refused.Code ?? 'Refused' });
  }
  for (;;) {
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    if (Uploads.length === 0) return;
    for (const { Key, UploadId } of Uploads) await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  }
}

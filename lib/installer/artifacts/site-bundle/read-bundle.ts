import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { OoError } from '../../../common/errors.ts';
import { printable } from '../../../common/printable.ts';
import { makeArtifact } from '../artifact.ts';
import { blobPath, exists } from '../cache.ts';
import { type TarFileMember, tarMembers } from '../tar-stream.ts';
import { bundleErrors } from './bundle-errors.ts';
import { bundleLayout, type Manifest, manifestName, manifestSchema, memberPath } from './manifest.ts';

/** A bundle whose layout was judged: the manifest and the places of all members. Their contents are verified when they are taken out. */
export interface SiteBundle {
  readonly path: string;
  readonly manifest: Manifest;
  /** Puts a member into the cache under its hash, verified, and answers its path there. */
  extract(sha256: string, cacheDir: string): Promise<string>;
  /** Reads every member and compares. Throws with the first that is wrong. */
  verify(): Promise<{ members: number; bytes: number }>;
}

/** Bytes of the largest manifest that is believed: one of a hundred distributions has a tenth of it. */
const manifestLimit = 32_000_000;

/** Opens a bundle: nothing of it is believed but what its manifest names, and no member has a name that it chose itself. */
export async function openSiteBundle(path: string): Promise<SiteBundle> {
  if (!(await exists(path))) throw bundleErrors.BUNDLE_NOT_FOUND(path);
  const found = new Map<string, TarFileMember>();
  let manifest: Manifest | undefined;
  try {
    for await (const member of tarMembers(path, 'the archive')) {
      if (manifest === undefined) manifest = await readManifest(path, member);
      else found.set(checkMember(path, member, manifest, found.size), member);
    }
  } catch (error) {
    if (!(error instanceof OoError) || error.code !== 'ARCHIVE_MALFORMED') throw error;
    if (manifest === undefined) throw bundleErrors.BUNDLE_FOREIGN(path, 'it does not begin with a manifest');
    throw bundleErrors.BUNDLE_CORRUPT(
      path,
      'the archive',
      error.message.replace(/^the archive( at byte \d+)? is malformed: /, ''),
    );
  }
  if (manifest === undefined) throw bundleErrors.BUNDLE_FOREIGN(path, 'it is empty');
  const missing = manifest.members[found.size];
  if (missing !== undefined) throw bundleErrors.BUNDLE_CORRUPT(path, memberPath(missing.sha256), 'it is not there');
  checkUses(path, manifest, found);
  return bundleOf(path, manifest, found);
}

async function readManifest(path: string, member: TarFileMember): Promise<Manifest> {
  if (member.path !== manifestName || member.type !== 'file' || member.size > manifestLimit) {
    throw bundleErrors.BUNDLE_FOREIGN(path, `it begins with ${printable(member.path).slice(0, 80)}`);
  }
  let json: unknown;
  try {
    json = JSON.parse((await member.read()).toString('utf8'));
  } catch {
    throw bundleErrors.BUNDLE_CORRUPT(path, manifestName, 'it is no JSON');
  }
  const layout = (json as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof layout === 'number' && layout !== bundleLayout) {
    throw bundleErrors.BUNDLE_VERSION(path, String(layout), bundleLayout);
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw bundleErrors.BUNDLE_CORRUPT(path, manifestName, printable(`${issue?.path.join('.')}: ${issue?.message}`));
}

/** Members stand in the manifest's order, each under the name of its hash: nothing more, nothing else, nothing twice. */
function checkMember(path: string, member: TarFileMember, manifest: Manifest, index: number): string {
  const expected = manifest.members[index];
  const where = `${printable(member.path).slice(0, 80)} at byte ${member.offset}`;
  if (expected === undefined || member.path !== memberPath(expected.sha256) || member.type !== 'file') {
    throw bundleErrors.BUNDLE_CORRUPT(path, where, 'the manifest does not name it there');
  }
  if (member.size !== expected.size) {
    throw bundleErrors.BUNDLE_CORRUPT(path, where, `it has ${member.size} bytes, not ${expected.size}`);
  }
  return expected.sha256;
}

/** Whatever a server is to get is a member of the bundle, and each folder is the one that it is called by. */
function checkUses(
  path: string,
  { installer, platforms, packages }: Manifest,
  members: ReadonlyMap<string, TarFileMember>,
): void {
  const trees = [
    { kind: 'installer' as const, ...installer },
    ...platforms.flatMap(({ runtime, openshift }) => [
      { kind: 'runtime' as const, ...runtime },
      { kind: 'openshift' as const, ...openshift },
    ]),
  ];
  for (const { kind, sha256, files } of trees) {
    const named = makeArtifact(
      kind,
      files.map((file) => ({ ...file, source: '' })),
    );
    if (named.sha256 !== sha256) throw bundleErrors.BUNDLE_CORRUPT(path, `${kind} ${sha256}`, `its files are ${named.sha256}`);
  }
  const used = [
    ...trees.flatMap(({ files }) => files),
    ...platforms.flatMap(({ images, builds }) => [...images, ...builds]),
    ...packages.flatMap(({ files }) => files),
  ];
  const absent = used.find(({ sha256 }) => !members.has(sha256));
  if (absent !== undefined) throw bundleErrors.BUNDLE_CORRUPT(path, memberPath(absent.sha256), 'it is needed and not there');
}

function bundleOf(path: string, manifest: Manifest, members: ReadonlyMap<string, TarFileMember>): SiteBundle {
  const memberOf = (sha256: string): TarFileMember => {
    const member = members.get(sha256);
    if (member === undefined) throw bundleErrors.BUNDLE_CORRUPT(path, memberPath(sha256), 'it is needed and not there');
    return member;
  };
  const wrong = (sha256: string, member: TarFileMember, actual: string) =>
    bundleErrors.BUNDLE_CORRUPT(path, `${memberPath(sha256)} at byte ${member.offset}`, `its sha256 is ${actual}`);
  return {
    path,
    manifest,
    extract: async (sha256, cacheDir) => {
      const target = blobPath(cacheDir, sha256);
      if (await exists(target)) return target;
      const member = memberOf(sha256);
      await mkdir(dirname(target), { recursive: true });
      const temporary = `${target}.${randomUUID()}.tmp`;
      try {
        const actual = await copyHashed(member, temporary);
        if (actual !== sha256) throw wrong(sha256, member, actual);
        await rename(temporary, target);
      } finally {
        await rm(temporary, { force: true });
      }
      return target;
    },
    verify: async () => {
      let bytes = 0;
      for (const [sha256, member] of members) {
        const hash = createHash('sha256');
        if (member.size > 0) for await (const chunk of member.stream()) hash.update(chunk as Buffer);
        const actual = hash.digest('hex');
        if (actual !== sha256) throw wrong(sha256, member, actual);
        bytes += member.size;
      }
      return { members: members.size, bytes };
    },
  };
}

async function copyHashed(member: TarFileMember, target: string): Promise<string> {
  const hash = createHash('sha256');
  const hashed = new Transform({ transform: (chunk: Buffer, _encoding, done) => (hash.update(chunk), done(null, chunk)) });
  await pipeline(member.size > 0 ? member.stream() : [], hashed, createWriteStream(target, { flags: 'wx', flush: true }));
  return hash.digest('hex');
}

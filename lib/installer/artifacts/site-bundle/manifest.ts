import { z } from 'zod';
import { treeFile } from '../../agent/place-tree.ts';
import { loadableImage } from '../images/build-image.ts';
import { closurePackage } from '../packages/package-closure.ts';
import { upstreamNames } from '../upstream.ts';
import { sha256Hex as sha256 } from '../sha256.ts';

const architecture = z.enum(['amd64', 'arm64']);

/** A folder that servers get whole: its files are members of the bundle, by their hashes. */
const tree = z.strictObject({ sha256, files: z.array(treeFile.omit({ source: true })).min(1) });

/** Which layout is written and read. */
export const bundleLayout = 3;

/** The first member of a bundle: what it holds and for whom. No times and no names: the same input gives the same bytes. */
export const manifestSchema = z.strictObject({
  format: z.literal('oo-install bundle'),
  /** Another number is another layout. */
  formatVersion: z.literal(bundleLayout),
  /** Of the oo-install that made it, and that is installed by it. */
  version: z.string().max(60),
  /** oo-install itself, which the runtime runs on a server that installs itself. */
  installer: tree,
  /** What does not depend on the distribution. */
  platforms: z.array(
    z.strictObject({
      architecture,
      runtime: tree,
      openshift: tree,
      images: z.array(loadableImage.omit({ path: true })),
      /** Static builds, for distributions without packages of their own. */
      builds: z.array(z.strictObject({ name: z.enum(upstreamNames), version: z.string(), sha256, size: z.int().positive() })),
    }),
  ),
  packages: z.array(z.strictObject({ distro: z.string(), architecture, files: z.array(closurePackage) })),
  /** Every other member, in its order: `blobs/SHA256`. */
  members: z.array(z.strictObject({ sha256, size: z.int().nonnegative() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const manifestName = 'oo-install-bundle.json';
/** Where the bytes of that sha256 are in the bundle. */
export const memberPath = (hash: string): string => `blobs/${hash}`;

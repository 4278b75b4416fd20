import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { assetPath } from '../../common/assets.ts';
import { sha256Hex as sha256 } from './sha256.ts';

const packageName = z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/);

/** One Debian package of the catalogue. Several URLs of the same bytes, tried in turn. */
const cataloguePackage = z.strictObject({
  package: packageName,
  version: z.string().regex(/^[0-9A-Za-z.+:~-]+$/),
  architecture: z.enum(['amd64', 'arm64']),
  sha256,
  size: z.int().positive(),
  urls: z.array(z.url({ protocol: /^https$/ })).min(1),
});

/** assets/artifacts/catalogue.json: what an operator without apt downloads, by URL and checksum. */
export const catalogueSchema = z.strictObject({
  /** The Debian release that the entries were taken from. */
  release: z.string(),
  packages: z.array(cataloguePackage),
});
export type Catalogue = z.infer<typeof catalogueSchema>;

/** The catalogue of this checkout. Throws for a file that is none. */
export async function readCatalogue(path = assetPath('artifacts', 'catalogue.json')): Promise<Catalogue> {
  return catalogueSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}

import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureKey, newKeyPem, publicPem } from './keys.ts';
import { pkiErrors } from './pki-errors.ts';
import { ensurePrivateDir, readPrivateFile, replaceFile } from './secure-files.ts';

/** What signs service-account tokens, and all that verifies them. */
export interface ServiceAccountKeyFiles {
  /** Signs (ES256), PKCS #8. */
  readonly saKeyPem: string;
  /** Verifies what it signs, SPKI. */
  readonly saPubPem: string;
  /** Verify what keys before it have signed, SPKI. */
  readonly saRetiredPems: readonly string[];
}

const keyFile = (dir: string): string => join(dir, 'sa.key');
/** Public halves only: what signed once never signs again. */
const retiredDir = (dir: string): string => join(dir, 'sa-retired');

/** The keys in `dir`, made when absent. Throws OoError naming the file that holds something else. */
export async function ensureServiceAccountKeys(dir: string): Promise<ServiceAccountKeyFiles> {
  const path = keyFile(dir);
  const { pem, key } = await ensureKey(path, (cause) => pkiErrors.PKI_FILE_UNREADABLE(path, 'private key', { cause }));
  const saPubPem = publicPem(key);
  const pubPath = join(dir, 'sa.pub');
  // Derived from the key, so whatever else stands there is stale.
  if ((await readPrivateFile(pubPath)) !== saPubPem) await replaceFile(pubPath, saPubPem);
  return { saKeyPem: pem, saPubPem, saRetiredPems: await retiredKeys(dir) };
}

async function retiredKeys(dir: string): Promise<string[]> {
  const folder = retiredDir(dir);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const pems: string[] = [];
  for (const name of names.filter((each) => each.endsWith('.pub')).toSorted()) {
    const path = join(folder, name);
    const pem = (await readPrivateFile(path)) ?? '';
    try {
      const { namedCurve } = createPublicKey(pem).asymmetricKeyDetails ?? {};
      if (namedCurve !== 'prime256v1') throw pkiErrors.PKI_KEY_KIND(path, namedCurve ?? 'unknown');
    } catch (cause) {
      throw pkiErrors.PKI_FILE_UNREADABLE(path, 'public key', { cause });
    }
    pems.push(pem);
  }
  return pems;
}

/**
 * Makes a new key for signing and keeps the public half of the one before, so that tokens that are out stay good until they
 * expire. Cut off in between, nothing is lost, and it can be run again. Returns the retired key's file.
 */
export async function rotateServiceAccountKey(dir: string): Promise<string> {
  const { saKeyPem } = await ensureServiceAccountKeys(dir);
  const pub = publicPem(createPrivateKey(saKeyPem));
  await ensurePrivateDir(retiredDir(dir));
  const retired = join(retiredDir(dir), `${createHash('sha256').update(pub).digest('hex').slice(0, 16)}.pub`);
  await replaceFile(retired, pub);
  await replaceFile(keyFile(dir), await newKeyPem());
  return retired;
}

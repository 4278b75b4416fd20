import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A data folder for one test. */
export function pkiFolder(): Disposable & { readonly dir: string } {
  const parent = mkdtempSync(join(tmpdir(), 'oo-pki-'));
  return { dir: join(parent, 'pki'), [Symbol.dispose]: () => rmSync(parent, { recursive: true }) };
}

export const day = 24 * 3600 * 1000;

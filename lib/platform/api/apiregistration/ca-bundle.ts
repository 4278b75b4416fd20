import { X509Certificate } from 'node:crypto';
import type { StatusCause } from '../status-error.ts';
import { invalid } from '../validation/causes.ts';

const BLOCKS = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What is wrong with the certificates of authorities, base64 of PEM; nothing when there are none. */
export function validateCaBundle(field: string, bundle: unknown): StatusCause[] {
  if (typeof bundle !== 'string' || bundle === '') return [];
  const bytes = Buffer.from(bundle, 'base64');
  const blocks = bytes.toString('latin1').match(BLOCKS) ?? [];
  const wrong = (why: string): StatusCause[] => [
    invalid(field, `${bytes.length} bytes`, `unable to load root certificates: ${why}`),
  ];
  if (blocks.length === 0) return wrong('unable to parse bytes as PEM block');
  try {
    for (const block of blocks) void new X509Certificate(block);
    return [];
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

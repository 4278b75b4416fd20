import { gzipSync } from 'node:zlib';
import { userDataErrors } from './user-data-errors.ts';

/** Bytes of user data that EC2 takes, before they are base64. */
export const userDataLimit = 16_384;

/**
 * User data as AWS takes it: gzip, which cloud-init unpacks itself, as base64. The same text gives the same bytes on every machine.
 * @throws OoError USER_DATA_TOO_LARGE
 */
export function packUserData(userData: string): string {
  const packed = gzipSync(userData, { level: 9 });
  // RFC 1952: the system that packed it, which zlib fills in. 255 is unknown.
  packed[9] = 255;
  if (packed.length > userDataLimit) throw userDataErrors.USER_DATA_TOO_LARGE(packed.length, userDataLimit);
  return packed.toString('base64');
}

import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rfc3339 } from '../../../common/clock.ts';
import type { CallResult } from '../call-schemas.ts';
import { readAccess } from './api-access.ts';

type Found = CallResult<'platform.certificates'>['certificates'][number];

/** The platform's certificates: those of its data folder, and the administrator's own. What cannot be read is left out. */
export async function readCertificates(dataDir: string, kubeconfig: string): Promise<Found[]> {
  const folder = join(dataDir, 'pki');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.crt'));
  const files = names.map(async (name) => describe(name.slice(0, -'.crt'.length), await readFile(join(folder, name))));
  const own = readAccess(kubeconfig).then(({ cert }) => describe('system:admin', cert));
  const settled = await Promise.allSettled([...files, own]);
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

function describe(name: string, pem: Buffer): Found {
  const certificate = new X509Certificate(pem);
  const names = (certificate.subjectAltName ?? '')
    .split(', ')
    .map((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1])
    .filter((entry) => entry !== undefined);
  return { name, expires: rfc3339(certificate.validToDate.getTime()), names };
}

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareSupplies, type Supplies } from '../../lib/installer/supplies.ts';

/** Supplies with these artifacts and no images; what else is asked for is not to be had. */
export function ownSupplies(artifacts: Awaited<ReturnType<Supplies['artifacts']>>): Supplies {
  const supplies = prepareSupplies({ cacheDir: join(tmpdir(), 'no-such-cache') });
  return { ...supplies, artifacts: async () => artifacts, images: async () => [] };
}

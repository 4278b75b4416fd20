import assert from 'node:assert/strict';
import type { InstallContext } from '../../lib/installer/phases/context.ts';
import type { Facts } from '../../lib/installer/transport/facts.ts';

/** The server's own package manager. */
const hostPackages: InstallContext['packages'] = {
  mode: 'host',
  supply: {
    readiness: () => assert.fail('not needed'),
    archive: () => assert.fail('not needed'),
    check: () => assert.fail('not needed'),
  },
};
/** What phases that install Docker and the network know: nothing is streamed unless `packages` says so, and a build is there. */
export const hostContext = (facts: Facts, packages = hostPackages): InstallContext => ({
  packages,
  build: async (name) => ({ name, version: '1.2.3', source: `/cache/${name}.tgz`, sha256: 'c'.repeat(64), size: 9 }),
  facts,
  settings: { nodeName: 'server1', advertiseAddress: '192.0.2.10', dataDir: '/var/lib/openshift', port: 8443 },
  artifacts: () => assert.fail('not needed'),
  images: () => assert.fail('not needed'),
  platformImages: async () => ({ images: [], isDefault: true }),
  changed: { platform: false },
});

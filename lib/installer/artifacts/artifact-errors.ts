import { defineErrors } from '../../common/errors.ts';

/** What can go wrong while what is sent to a server is put together on the operator's machine. */
export const artifactErrors = defineErrors({
  PACKAGE_NOT_AVAILABLE: {
    failure: 'internal',
    message: (name: string, why: string) => `the Debian package ${name} could not be had: ${why}`,
    hint: () => 'check the network and the package sources (apt-get update), then run the same command again',
  },
  CHECKSUM_MISMATCH: {
    failure: 'internal',
    message: (what: string, expected: string, actual: string) =>
      `${what} is not what was expected: sha256 ${actual}, not ${expected}`,
    hint: () => 'nothing of it was kept; run the same command again, and look at the network path when it repeats',
  },
  ARCHIVE_MALFORMED: {
    failure: 'internal',
    message: (what: string, why: string) => `${what} is malformed: ${why}`,
  },
  RECIPE_FILE_MISSING: {
    failure: 'internal',
    message: (image: string, name: string, paths: string) => `image ${image}: package ${name} holds none of ${paths}`,
  },
  RUNTIME_MISSING: {
    failure: 'internal',
    message: (name: string) => `the Node runtime ${name} is not installed in this checkout`,
    hint: () => 'run bin/oo-install, which installs it, or npm ci',
  },
  LIBRARY_MISSING: {
    failure: 'internal',
    message: (library: string) => `the shared library ${library}, which the Node runtime needs, was not found on this machine`,
    hint: () => 'apt-get install libatomic1',
  },
});

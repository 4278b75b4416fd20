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
  CACHE_UNSAFE: {
    failure: 'usage',
    message: (dir: string, why: string) => `the cache ${dir} ${why}, so nothing in it can be trusted`,
    hint: (dir: string) => `rm -rf ${dir}, and it is filled anew; or name another place: XDG_CACHE_HOME`,
  },
  DISTRO_WITHOUT_ARCHIVE: {
    failure: 'usage',
    message: (distro: string) => `packages cannot be put together for ${distro}`,
    hint: () =>
      'only for the releases of Debian and Ubuntu in docs/distributions.md; let the server install them: --packages host',
  },
  OPERATOR_WITHOUT_APT: {
    failure: 'usage',
    message: (distro: string) => `this machine has no apt, so it cannot put packages together for ${distro}`,
    hint: () => 'make a bundle where there is one (oo-install bundle create), and give it with --bundle',
  },
  KEYRING_MISSING: {
    failure: 'usage',
    message: (distro: string, keyring: string) => `the keys that sign the packages of ${distro} are not here: ${keyring}`,
    hint: (_distro: string, _keyring: string, name: string) => `apt-get install ${name}`,
  },
  LISTS_NOT_AVAILABLE: {
    failure: 'connection',
    message: (distro: string, why: string) => `the package lists of ${distro} could not be fetched: ${why}`,
    hint: () => 'check the network of this machine and its apt proxy, or give a bundle with --bundle',
  },
  CLOSURE_UNRESOLVABLE: {
    failure: 'docker',
    message: (names: string, distro: string, why: string) =>
      `${names} cannot be installed on this server out of ${distro}: ${why}`,
    hint: () => 'its packages are half upgraded, or of another release: mend them there (apt-get -f install)',
  },
  BUILD_NOT_AVAILABLE: {
    failure: 'docker',
    message: (name: string, why: string) => `the static build of ${name} could not be had: ${why}`,
    hint: () =>
      'bring the file yourself, with its checksum: --docker-tarball FILE --docker-sha256 HASH (or --cni-tarball, --cni-sha256)',
  },
  ARCHIVE_MALFORMED: {
    failure: 'internal',
    message: (what: string, why: string) => `${what} is malformed: ${why}`,
  },
  RECIPE_FILE_MISSING: {
    failure: 'internal',
    message: (image: string, name: string, paths: string) => `image ${image}: package ${name} holds none of ${paths}`,
  },
  RECIPE_FILE_TWICE: {
    failure: 'internal',
    message: (image: string, path: string, one: string, other: string) =>
      `image ${image}: packages ${one} and ${other} both hold ${path}, with other contents`,
  },
  IMAGE_UNRESOLVABLE: {
    failure: 'internal',
    message: (image: string, distro: string, why: string) => `the packages of image ${image} cannot be had of ${distro}: ${why}`,
    hint: () => 'check the network and the apt proxy of this machine, then run the same command again',
  },
  IMAGE_NOT_LOADED: {
    failure: 'docker',
    message: (image: string, why: string) => `image ${image} could not be loaded into this machine's Docker: ${why}`,
    hint: () => 'is Docker running here, and may you use it? docker info tells',
  },
  IMAGE_UNKNOWN: {
    failure: 'usage',
    message: (name: string, known: string) => `there is no image ${name}; there are ${known}`,
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

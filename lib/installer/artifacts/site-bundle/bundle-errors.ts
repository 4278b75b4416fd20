import { defineErrors } from '../../../common/errors.ts';

/** What can be wrong with a bundle for a site without a network. */
export const bundleErrors = defineErrors({
  BUNDLE_NOT_FOUND: { failure: 'usage', message: (path: string) => `there is no bundle ${path}` },
  BUNDLE_FOREIGN: {
    failure: 'usage',
    message: (path: string, why: string) => `${path} is no bundle of oo-install: ${why}`,
    hint: () => 'give the file that oo-install bundle create wrote',
  },
  BUNDLE_VERSION: {
    failure: 'usage',
    message: (path: string, found: string, known: number) =>
      `${path} has layout ${found}, and this oo-install reads layout ${known}`,
    hint: () => 'make it anew with this version: oo-install bundle create',
  },
  BUNDLE_CORRUPT: {
    failure: 'usage',
    message: (path: string, where: string, why: string) => `${path} is corrupt: ${where}: ${why}`,
    hint: () => 'nothing of it was used; copy it anew, and compare with oo-install bundle verify at both ends',
  },
  BUNDLE_UNWRITABLE: {
    failure: 'usage',
    message: (path: string, why: string) => `the bundle ${path} cannot be written: ${why}`,
    hint: () => 'it needs up to 300 MB of room, in a folder of your own; XDG_CACHE_HOME names another place for what is kept',
  },
  BUNDLE_LACKS: {
    failure: 'usage',
    message: (path: string, what: string, has: string) => `${path} holds no ${what}; it holds ${has}`,
    hint: () => 'make one that does: oo-install bundle create FILE --for DISTRIBUTION --arch ARCHITECTURE',
  },
});

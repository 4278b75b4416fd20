import { defineCommand } from '../define-command.ts';

export const bundleVerifyCommand = defineCommand({
  name: 'bundle verify',
  summary: 'read a bundle to its end, and compare every member with its checksum',
  examples: [['oo-install bundle verify site.bundle', 'after it was carried to a site: the checksum must be the same as before']],
  arguments: [{ name: '<file>', description: 'what oo-install bundle create wrote' }],
  run: async ({ args, flags, write }) => {
    const { hashFile } = await import('../../artifacts/cache.ts');
    const { openSiteBundle } = await import('../../artifacts/site-bundle/read-bundle.ts');
    const bundle = await openSiteBundle(args[0]!);
    const { members, bytes } = await bundle.verify();
    const sha256 = await hashFile(bundle.path);
    if (flags.json) write(`${JSON.stringify({ file: bundle.path, members, bytes, sha256 })}\n`);
    else write(`${bundle.path}: ${members} members of ${(bytes / 1e6).toFixed(1)} MB are whole\nsha256 ${sha256}\n`);
  },
});

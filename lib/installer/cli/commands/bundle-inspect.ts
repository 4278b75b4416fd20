import { defineCommand } from '../define-command.ts';

export const bundleInspectCommand = defineCommand({
  name: 'bundle inspect',
  summary: 'what a bundle holds, and for which servers',
  examples: [
    ['oo-install bundle inspect site.bundle', 'a table'],
    ['oo-install bundle inspect site.bundle --json | jq .packages', 'its whole manifest'],
  ],
  arguments: [{ name: '<file>', description: 'what oo-install bundle create wrote' }],
  run: async ({ args, flags, write }) => {
    const { openSiteBundle } = await import('../../artifacts/site-bundle/read-bundle.ts');
    const { summaryText } = await import('../../artifacts/site-bundle/bundle-summary.ts');
    const { path, manifest } = await openSiteBundle(args[0]!);
    write(flags.json ? `${JSON.stringify(manifest)}\n` : summaryText(path, manifest));
  },
});

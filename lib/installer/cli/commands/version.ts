import { defineCommand } from '../define-command.ts';

export const versionCommand = defineCommand({
  name: 'version',
  summary: 'print the version',
  examples: [
    ['oo-install version', 'the version of this checkout'],
    ['oo-install version --json', 'the same, with that of Node and the system, for a program'],
  ],
  run: async ({ flags, version, write }) => {
    const all = { version, node: process.versions.node, platform: process.platform, arch: process.arch };
    write(flags.json ? `${JSON.stringify(all)}\n` : `${version}\n`);
  },
});

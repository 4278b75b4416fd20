import { commands } from '../../lib/installer/cli/commands/index.ts';

/** What has `oo-install` leave the platform's own images out. */
export const SMALL = ['--images', 'none'] as const;

const otherCommands = new Set(commands.map(({ name }) => name.split(' ')[0]).filter((name) => name !== 'install'));

/**
 * The arguments of oo-install, small where they install something and name no images: most tests are about the way to a platform, and 300 MB more on
 * every server would tell them nothing. e2e/readme.test.ts and e2e/no-network.test.ts install what a user gets.
 */
export function smallInstall(args: readonly string[]): readonly string[] {
  const [first = '-'] = args;
  if (first.startsWith('-') || otherCommands.has(first) || args.includes('--images')) return args;
  return [...args, ...SMALL];
}

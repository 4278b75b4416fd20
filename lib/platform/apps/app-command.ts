import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { appErrors } from './app-errors.ts';
import type { LogFlags } from './app-logs.ts';
import { APP_TYPES, type AppType } from './app-types.ts';
import type { AccessFlags, PlatformAccess } from './platform-access.ts';

/** What the commands need of their process. */
export interface AppHost {
  readonly signal: AbortSignal;
  write(text: string): void;
  /** Whether somebody at the terminal says yes; absent where nobody is there. */
  readonly ask?: (question: string) => Promise<boolean>;
}

const EXAMPLES = `
Examples:
  openshift app create shop -t nodejs
  openshift app create site -t static --from-code https://git.example/site.git
  openshift app list
  openshift app logs shop --follow
  openshift app scale shop 3
  openshift app env shop GREETING=hello OLD-
  openshift app delete shop --yes`;

/** The argument of all that work on one application. */
const NAME = 'of the application, as "openshift app list" shows it';

/** The examples of one command, at the end of its help. */
const examples = (...lines: readonly string[]): string =>
  `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  openshift app ${line}`).join('\n')}`;

/** Adds `openshift app ...`. What a command does is loaded when it runs. */
export function addAppCommand(program: Command, host: AppHost): void {
  const app = program
    .command('app')
    .description('make applications out of source, and look after them (docs/developing-applications.md)')
    .addHelpText('after', EXAMPLES);
  const say = (text: string): void => host.write(text);

  withAccess(app.command('create').argument('<name>', 'of the application, and of the folder that is made here'))
    .description('make an application: a folder with its source, a repository that builds on push, a URL')
    .addOption(new Option('-t, --type <type>', 'what it is written in').choices(APP_TYPES).makeOptionMandatory())
    .option('--from-code <url>', 'begin with this repository in place of the sample')
    .addHelpText('after', examples('create shop -t nodejs', 'create site -t static --from-code https://git.example/site.git'))
    .action(async (name: string, flags: AccessFlags & { type: AppType; fromCode?: string }) => {
      const [{ judgeName }, { createApp }] = await Promise.all([import('./application.ts'), import('./create-app.ts')]);
      // Before a kubeconfig is looked for.
      judgeName(name);
      await using(flags, (access) => createApp({ ...flags, name, cwd: process.cwd() }, access, say, host.signal));
    });

  withAccess(app.command('list'))
    .description('list the applications of the project')
    .addOption(new Option('-o, --output <format>', 'for programs').choices(['json']))
    .addHelpText('after', examples('list', 'list --namespace shop -o json'))
    .action((flags: AccessFlags & { output?: string }) =>
      using(flags, async (access) => {
        const { appTable, readApps } = await import('./app-list.ts');
        const apps = await readApps(access);
        say(flags.output === 'json' ? `${JSON.stringify(apps, undefined, 2)}\n` : appTable(apps, access.namespace));
      }),
    );

  withAccess(app.command('logs').argument('<name>', NAME))
    .description("show an application's log")
    .option('-f, --follow', 'go on until the end')
    .option('--build', 'of its last build')
    .option('--latest', 'of its latest version, also when that does not get ready')
    .addHelpText('after', examples('logs shop --follow', 'logs shop --build', 'logs shop --latest'))
    .action((name: string, flags: AccessFlags & LogFlags) =>
      using(flags, async (access) => {
        const [{ judgeName }, { appLogs }] = await Promise.all([import('./application.ts'), import('./app-logs.ts')]);
        await appLogs(judgeName(name), flags, access, say, host.signal);
      }),
    );

  withAccess(app.command('scale').argument('<name>', NAME).argument('<pods>', 'how many are to run'))
    .description('run more or fewer pods')
    .addHelpText('after', examples('scale shop 3'))
    .action((name: string, pods: string, flags: AccessFlags) =>
      using(flags, async (access) => {
        const [{ judgeName }, { scaleApp }] = await Promise.all([import('./application.ts'), import('./change-app.ts')]);
        const count = await scaleApp(judgeName(name), pods, access);
        say(`${name} runs in ${count} ${count === 1 ? 'pod' : 'pods'}\n`);
      }),
    );

  withAccess(app.command('env').argument('<name>', NAME).argument('[changes...]', 'NAME=VALUE sets, NAME- removes'))
    .description('show or change the variables of an application; a change rolls out')
    .addHelpText('after', examples('env shop', 'env shop GREETING=hello OLD-'))
    .action((name: string, changes: string[], flags: AccessFlags) =>
      using(flags, async (access) => {
        const [{ judgeName }, { changeEnvironment, environmentText }] = await Promise.all([
          import('./application.ts'),
          import('./change-app.ts'),
        ]);
        say(environmentText(await changeEnvironment(judgeName(name), changes, access)));
      }),
    );

  withAccess(app.command('delete').argument('<name>', NAME))
    .description('remove an application from the platform; its folder stays')
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', examples('delete shop --yes'))
    .action((name: string, flags: AccessFlags & { yes?: boolean }) =>
      using(flags, async (access) => {
        const [{ judgeName }, { deleteApp }] = await Promise.all([import('./application.ts'), import('./delete-app.ts')]);
        await deleteApp(judgeName(name), access, (question) => confirm(question, flags.yes === true, host), say);
      }),
    );

  app
    .command('git-credential', { hidden: true })
    .argument('<operation>', 'get, store or erase')
    .requiredOption('--kubeconfig <file>')
    .option('--context <name>')
    .action(async (operation: string, { kubeconfig, context }: { kubeconfig: string; context?: string }) => {
      if (operation !== 'get') return;
      const { answerCredential, credentialOf } = await import('./git-credentials.ts');
      say(answerCredential(operation, await text(process.stdin), await credentialOf(kubeconfig, context)));
    });
}

const withAccess = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'where the platform is and who you are; else $KUBECONFIG, ~/.kube/config')
    .option('--context <name>', 'of the kubeconfig; else its current one')
    .option('-n, --namespace <project>', "the project; else the kubeconfig's");

async function using(flags: AccessFlags, act: (access: PlatformAccess) => Promise<void>): Promise<void> {
  const { openAccess } = await import('./platform-access.ts');
  const access = await openAccess(flags);
  try {
    await act(access);
  } finally {
    access.client.close();
  }
}

async function confirm(question: string, yes: boolean, host: AppHost): Promise<void> {
  if (yes) return;
  if (host.ask === undefined) throw appErrors.APP_CONFIRMATION_NEEDED(question);
  if (!(await host.ask(question))) throw appErrors.APP_NOT_CONFIRMED();
}

import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { registerSecret } from '../../common/secrets.ts';
import { isTerminal, readLine, TERMINAL } from '../../common/terminal/read-line.ts';
import type { Asker, LoginFlags } from './log-in.ts';
import { loginErrors } from './login-errors.ts';

/** What they do is loaded when one runs. */
const doing = () => import('./log-in.ts');

/** What the commands need of their process. */
export interface LoginHost {
  readonly signal: AbortSignal;
  write(text: string): void;
}

/** Adds `openshift login`, `logout`, `whoami` and `new-project`: what oc calls so, for those who have no oc. */
export function addLoginCommands(program: Command, host: LoginHost): void {
  withFile(program.command('login').argument('[server]', "https://HOST:8443; else the kubeconfig's"))
    .description('log in with a name and a password (docs/users.md)')
    .option('-u, --username <name>', 'who logs in; else you are asked')
    .option('--password-stdin', 'the password is the first line of the input')
    .option(
      '--certificate-authority <file>',
      "the server's authority; else the kubeconfig's, else you are asked whether it is the one",
    )
    .addHelpText(
      'after',
      '\nExamples:\n  openshift login https://web1:8443 -u alice\n  openshift login https://web1:8443 -u alice --certificate-authority ca.crt\n  openshift login -u alice --password-stdin <password.txt',
    )
    .action(async (server: string | undefined, flags: LoginFlags & { passwordStdin?: boolean }) =>
      host.write(await (await doing()).logIn(server, flags, asker(flags.passwordStdin === true, host.signal), host.signal)),
    );
  withFile(program.command('logout'))
    .description('end the token of the current login, here and on the server')
    .action(async (flags: LoginFlags) => host.write(await (await doing()).logOut(flags)));
  withFile(program.command('whoami'))
    .description('print who you are for the platform')
    .action(async (flags: LoginFlags) => host.write(await (await doing()).whoAmI(flags)));
  withFile(program.command('new-project').argument('<name>', 'of the project'))
    .description('make a project of your own, and work in it')
    .addHelpText('after', '\nExample:\n  openshift new-project shop')
    .action(async (name: string, flags: LoginFlags) => host.write(await (await doing()).newProject(name, flags)));
}

const withFile = (command: Command): Command =>
  command.option('--kubeconfig <file>', 'where logins are kept; else $KUBECONFIG, ~/.kube/config');

function asker(fromInput: boolean, signal: AbortSignal): Asker {
  const onTerminal = async (question: string, what: string, echo: boolean): Promise<string> => {
    if (!isTerminal(TERMINAL)) throw loginErrors.LOGIN_PASSWORD_NEEDED(what);
    const { line } = await readLine(TERMINAL, () => question, { echo, signal });
    if (line === undefined) throw loginErrors.LOGIN_INTERRUPTED();
    return line;
  };
  return {
    name: async (question) => (await onTerminal(question, 'a user name', true)).trim(),
    async password(question) {
      const password = fromInput
        ? (await text(process.stdin)).split(/\r?\n/)[0]!
        : await onTerminal(question, 'a password', false);
      registerSecret(password);
      return password;
    },
    // A script has nobody who would compare fingerprints, though it may run on a terminal.
    ...(fromInput || !isTerminal(TERMINAL)
      ? {}
      : { trust: async (question) => /^y(es)?$/i.test((await onTerminal(question, 'trust', true)).trim()) }),
  };
}

import type { OptionDefinition } from './define-command.ts';

/** How hosts are reached: for all that are named. cluster.yaml says it for each. */
export interface ConnectionFlags {
  readonly identity: readonly string[];
  readonly jump?: string;
  readonly sshConfig?: string;
  readonly acceptNewHostKeys: boolean;
  /** `SHA256:...`, or `HOST=SHA256:...` */
  readonly hostKey: readonly string[];
  readonly askPassword: boolean;
  readonly passwordFile?: string;
  readonly askSudoPassword: boolean;
  readonly sudoPasswordFile?: string;
}

/** For a flag that may be given more than once. */
export function collect(text: string, previous: unknown): readonly string[] {
  return [...(previous as readonly string[]), text];
}

const files = 'a file that only you can read (mode 0600), or - for standard input';

export const connectionOptions: readonly OptionDefinition[] = [
  { flags: '-i, --identity <file>', description: 'private key to try first; may be repeated', parse: collect, default: [] },
  { flags: '-J, --jump <hosts>', description: 'go through these hosts, as ssh -J does' },
  { flags: '-F, --ssh-config <file>', description: 'read this instead of ~/.ssh/config; none reads nothing' },
  { flags: '--accept-new-host-keys', description: 'trust hosts that are not in known_hosts yet (a changed key never)' },
  {
    flags: '--host-key <fingerprint>',
    description: 'a host that is not known yet must show SHA256:..., or HOST=SHA256:... for one of several; may be repeated',
    parse: collect,
    default: [],
  },
  { flags: '--ask-password', description: 'ask for the login password before anything else' },
  { flags: '--password-file <file>', description: `login password: ${files}` },
  { flags: '--ask-sudo-password', description: "ask for sudo's password before anything else" },
  { flags: '--sudo-password-file <file>', description: `sudo's password: ${files}` },
];

import { InvalidArgumentError } from 'commander';
import type { KubeconfigFlags } from '../../commands/kubeconfig.ts';
import { defineHostCommand } from '../define-command.ts';

export const kubeconfigCommand = defineHostCommand<KubeconfigFlags>({
  name: 'kubeconfig',
  summary: 'add a server to the kubeconfig on this machine',
  examples: [
    ['oo-install kubeconfig localhost', 'then: kubectl --context oo-localhost get nodes'],
    ['oo-install kubeconfig localhost --set-context', 'and make it the current context'],
    ['oo-install kubeconfig localhost --output -', 'print it instead'],
  ],
  options: [
    { flags: '-o, --output <file>', description: 'another file than the first of $KUBECONFIG or ~/.kube/config; - prints it' },
    { flags: '--set-context', description: 'make it the current context' },
    { flags: '--context <name>', description: 'what kubectl calls the server (default: oo- and its name)', parse: contextName },
    { flags: '--server <url>', description: 'where kubectl reaches the API from here (default: the first address that answers)' },
  ],
  onlyLooks: true,
  needsRoot: () => true,
  printsLines: ({ output }) => output === '-',
  run: async (session, flags) => (await import('../../commands/kubeconfig.ts')).kubeconfig(session, flags),
});

function contextName(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,251}$/.test(text)) {
    throw new InvalidArgumentError('It must be made of letters, digits and . _ : @ / -, and begin with a letter or a digit.');
  }
  return text;
}

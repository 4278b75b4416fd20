import type { EventBody } from '../../progress-event.ts';
import { printable as safe } from '../../../common/printable.ts';
import type { Paint } from './event-text.ts';

type Result = Extract<EventBody, { event: 'result' }>;
type Summary = Extract<EventBody, { event: 'summary' }>;

const hello = (kubectl: string) => `${kubectl} run hello \\
    --image=openshift/hello-openshift:latest \\
    --image-pull-policy=IfNotPresent --port=8080`;
/** The developer's first command; on a server the program is installed, elsewhere it comes with oo-install. */
const application = (options: string, where: string) =>
  `\n  openshift app create hello -t nodejs${options}\n\nmakes an application with a URL, in the folder hello${where}. And with kubectl:\n`;
// Debian 12 packages no kubectl, and which machine kubectl will run on is not known here.
const source = `kubectl is not part of this. Where it is missing:

  https://kubernetes.io/docs/tasks/tools/

or, from Debian 13 on, apt-get install kubectl.
`;
/** Contexts that are written out after a run on several hosts. */
const contextsShown = 4;

/** Where the API is, and who knows the way there. */
export function accessText({ api, kubeconfig = '', context }: Result, paint: Paint): string {
  if (api === undefined) return '';
  const where = context === undefined ? safe(kubeconfig) : `${safe(kubeconfig)}, context ${safe(context)}`;
  return `\n  API:        ${paint.strong(safe(api))}\n  kubeconfig: ${where}\n`;
}

/** Commands that work at once: on this machine, where the kubeconfig is here, else on the server. */
export function nextSteps({ host, kubeconfig, context, applications = false }: Result): string {
  if (context !== undefined) {
    const kubectl = `kubectl --context ${safe(context)}`;
    return `
Next, on this machine:
${applications ? application(` --context ${safe(context)}`, '\n(openshift is beside oo-install, as bin/openshift)') : ''}
  ${kubectl} get nodes
  ${hello(kubectl)}
  ${kubectl} get pods -o wide

${source}`;
  }
  return `
Next, as root on ${safe(host)}:
${applications ? application('', '') : ''}
  export KUBECONFIG=${safe(kubeconfig ?? '')}
  kubectl get nodes
  ${hello('kubectl')}

${source}`;
}

/** The same below the summary of several hosts. */
export function nextStepsOfAll({ hosts }: Summary): string {
  const reached = hosts.flatMap(({ context, kubeconfig }) => (context === undefined ? [] : [{ context, kubeconfig }]));
  if (reached.length === 0) return '';
  const lines = reached.slice(0, contextsShown).map(({ context }) => `  kubectl --context ${safe(context)} get nodes\n`);
  const more =
    reached.length > contextsShown ? `  and ${reached.length - contextsShown} more: kubectl config get-contexts\n` : '';
  return `\nkubectl reaches them from here, by ${safe(reached[0]!.kubeconfig ?? 'its kubeconfig')}:\n\n${lines.join('')}${more}`;
}

import { writeAtomically } from '../agent/path-state.ts';
import { kubeconfigText } from '../commands/kubeconfig.ts';
import { platformPaths } from '../phases/context.ts';
import type { SessionOptions } from '../session.ts';
import { runRemoteCommand } from '../transport/ssh/run-remote-command.ts';
import { accountEnd } from './host-data.ts';
import { labErrors } from './lab-errors.ts';
import type { LabFleetHost } from './lab-fleet.ts';
import type { LabHost } from './provider.ts';
import type { LabState } from './state/lab-state.ts';
import { kubeconfigFile } from './state/state-folder.ts';

/** $1: the attendee, $2: the administrator's kubeconfig, which becomes theirs too. A file of theirs that is another one stays. */
const kubeconfigScript = `
set -eu
home=$(getent passwd "$1" | cut -d: -f6)
group=$(id -g "$1")
install -d -m 700 -o "$1" -g "$group" "$home/.kube"
mark="$home/.kube/.oo-install"
if [ ! -e "$home/.kube/config" ] || { [ -e "$mark" ] && sha256sum --status -c "$mark"; }; then
  install -m 600 -o "$1" -g "$group" "$2" "$home/.kube/config"
  sha256sum "$home/.kube/config" >"$mark"
fi
`;
/** $1: the attendee, $2: the day on which the login is closed, $3: the lab's end. */
const endScript = `
set -eu
usermod --expiredate "$2" "$1"
for file in /etc/motd.d/oo-install-lab /etc/oo-install/lab-host.json; do
  [ ! -e "$file" ] || sed -i -E "s/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/$3/" "$file"
done
`;

/** Gives an attendee kubectl on their own host, and keeps a kubeconfig for their own machine with the lab's state. Done again, nothing changes. */
export async function giveKubeconfig(
  host: LabFleetHost,
  { public: address }: LabHost,
  state: LabState,
  session: SessionOptions,
): Promise<void> {
  await runAsRoot(host, 'the kubeconfig cannot be put in place', kubeconfigScript, [host.attendee, platformPaths.kubeconfig]);
  if (address === undefined) return;
  const shown = address.address.includes(':') ? `[${address.address}]` : address.address;
  const text = await kubeconfigText(session, {
    server: `https://${shown}:${address.apiPort}`,
    context: `${state.name}-${host.name}`,
  });
  await writeAtomically(kubeconfigFile(state.folder, host.name), text, 0o600);
}

/** Tells a host when its lab ends: the attendee's login is closed on the day after. */
export async function tellEnd(host: LabFleetHost, expires: string): Promise<void> {
  await runAsRoot(host, 'the end of the lab cannot be told', endScript, [host.attendee, accountEnd(expires), expires]);
}

async function runAsRoot(host: LabFleetHost, what: string, script: string, args: readonly string[]): Promise<void> {
  let words = '';
  const onOutput = (_stream: 'stdout' | 'stderr', text: string) => void (words = (words + text).slice(-500));
  const argv = ['/bin/sh', '-c', script, 'sh', ...args];
  const status = await runRemoteCommand({ ...host.connection, argv, onOutput });
  if (status !== 0) throw labErrors.LAB_HOST_NOT_SETTLED(host.name, what, words.trim() || `status ${status}`);
}

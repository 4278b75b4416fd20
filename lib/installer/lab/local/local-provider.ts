import type Docker from 'dockerode';
import { atOnce } from '../../../common/at-once.ts';
import { accountEnd } from '../host-data.ts';
import type { LabContext, LabProvider } from '../provider.ts';
import { auditLab } from './audit/audit-lab.ts';
import { ask, connectDocker, statusOf } from './docker-client.ts';
import { findHosts, type FoundHost } from './found-hosts.ts';
import { wantedHosts } from './host-ports.ts';
import { runInHost } from './run-in-host.ts';
import { lookAtHosts } from './look-at-hosts.ts';
import { planLab } from './plan-lab.ts';
import { hostImageFor, hostsAtOnce, putUp, startContainer } from './put-up.ts';
import { waitForHost } from './wait-for-host.ts';
import { labResources, takeDown } from './take-down.ts';

/** s for systemd to stop everything in a host; then Docker kills it. */
const stopPatience = 60;

/** Hosts as containers on this machine's Docker, booted by cloud-init with the user data that a host on AWS gets. */
export function localProvider(): LabProvider {
  return {
    name: 'local',
    plan: async (context) => planLab(await connectDocker(), context),
    async up(context) {
      const docker = await connectDocker();
      await putUp(docker, context);
      return lookAtHosts(docker, context);
    },
    hosts: async (context) => lookAtHosts(await connectDocker(), context),
    start: (context) =>
      onEach(context, 'starts', ['stopped', 'paused'], async (docker, { id, name }) => {
        await startContainer(docker, id, name);
        const { lab, state, signal } = context;
        const port = wantedHosts(lab, state).find((host) => host.name === name)?.sshPort;
        if (port !== undefined) await waitForHost(docker, { id, name, address: lab.local.listen, port }, signal);
      }),
    stop: (context) =>
      onEach(context, 'stops', ['running'], (docker, { id, name }) =>
        ask(`stop ${name}`, async () => {
          await docker
            .getContainer(id)
            .stop({ t: stopPatience })
            // Not modified: it has stopped by itself meanwhile.
            .catch((error: unknown) => (statusOf(error) === 304 ? undefined : Promise.reject(error)));
        }),
      ),
    /** Nothing but the attendees' logins knows of the end on a local host: they are closed by the system itself on that day. */
    extend: (context, expires) =>
      onEach(context, 'moves its end', ['running'], (docker, host) =>
        runInHost(docker, host, ['usermod', '--expiredate', accountEnd(expires.toISOString()), '--', host.attendee]),
      ),
    remains: async ({ state }) => labResources(await connectDocker(), state),
    down: async (context) => takeDown(await connectDocker(), context),
    async audit(context) {
      // Who is not root has the machine asked by a container of the hosts' image: an `up` that was cut off may not have made it yet.
      if (process.getuid?.() !== 0) await hostImageFor(await connectDocker(), context);
      return auditLab(context);
    },
  };
}

/** Does something about each host that is in one of these states. */
async function onEach(
  { state, report, signal }: LabContext,
  message: string,
  inStates: readonly FoundHost['state'][],
  work: (docker: Docker, host: FoundHost) => Promise<unknown>,
): Promise<void> {
  const docker = await connectDocker();
  const hosts = (await findHosts(docker, state)).filter((host) => inStates.includes(host.state));
  await atOnce(hostsAtOnce, hosts, async (host) => {
    signal.throwIfAborted();
    report({ subject: host.name, state: 'running', message });
    await work(docker, host);
    report({ subject: host.name, state: 'done', message });
  });
}

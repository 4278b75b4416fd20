import type Docker from 'dockerode';
import { errorText } from '../../../common/errors.ts';
import { atOnce } from '../../../common/at-once.ts';
import type { LabContext } from '../provider.ts';
import { ask } from './docker-client.ts';
import { findHosts } from './found-hosts.ts';
import { type HostStep, type PlannedHost, planHosts } from './host-plan.ts';
import { ensureHostImage } from './image/host-image.ts';
import { ensureNetwork } from './lab-network.ts';
import { localErrors } from './local-errors.ts';
import { makeHost, removeHost } from './make-host.ts';
import { planLab } from './plan-lab.ts';
import { plannedHosts, userDataOf } from './planned-hosts.ts';
import { waitForHost } from './wait-for-host.ts';

/** Hosts that are worked on at once: more only wait for the same disk and processors. */
export const hostsAtOnce = 4;

/** Brings the lab's hosts to what lab.yaml wants; ends when all answer. Killed anywhere, the same again goes on with what is there. */
export async function putUp(docker: Docker, context: LabContext): Promise<void> {
  const { lab, state, report, signal } = context;
  const { problems } = await planLab(docker, context);
  if (problems.length > 0) throw localErrors.LAB_PROBLEMS(lab.name, problems);
  const image = await hostImageFor(docker, context);
  report({ subject: 'image', state: 'done', message: image });
  const subnet = await ensureNetwork(docker, state);
  const steps = planHosts(plannedHosts(context), await findHosts(docker, state));
  const userData = userDataOf(context);
  // Hosts that go make room, and free their ports, for those that come.
  await atOnce(
    hostsAtOnce,
    steps.filter((step) => step.do === 'remove'),
    (step) => takeAway(docker, context, step.name),
  );
  const wanted = steps.filter((step) => step.do !== 'remove');
  await atOnce(hostsAtOnce, wanted, async (step) => {
    signal.throwIfAborted();
    const id = await bring(docker, context, step, { image, subnet, userData: userData.get(step.host.name)! });
    await ready(docker, context, step.host, id);
  });
}

/** The image of the lab's hosts, made where Docker does not have it. Answers its name. */
export function hostImageFor(docker: Docker, { lab, report, signal }: LabContext): Promise<string> {
  const told = (message: string) => report({ subject: 'image', state: 'running', message });
  return ensureHostImage(docker, lab.local.release, { signal, report: told });
}

type Bring = Exclude<HostStep, { do: 'remove' }>;

/** Answers the id of a container that runs. */
async function bring(
  docker: Docker,
  context: LabContext,
  step: Bring,
  made: { image: string; subnet: string; userData: string },
): Promise<string> {
  const { report } = context;
  const { name } = step.host;
  if (step.do === 'keep') return step.id;
  if (step.do === 'start') {
    report({ subject: name, state: 'running', message: 'starts' });
    await startContainer(docker, step.id, name);
    return step.id;
  }
  report({ subject: name, state: 'running', message: step.do === 'replace' ? 'is replaced' : 'is made' });
  return makeHost(docker, context, step.host, made);
}

async function ready(docker: Docker, { lab, report, signal }: LabContext, host: PlannedHost, id: string): Promise<void> {
  try {
    await waitForHost(docker, { name: host.name, id, address: lab.local.listen, port: host.sshPort }, signal);
    report({ subject: host.name, state: 'done', message: `answers at ${lab.local.listen}:${host.sshPort}` });
  } catch (error) {
    report({ subject: host.name, state: 'failed', message: errorText(error) });
    throw error;
  }
}

async function takeAway(docker: Docker, { state, report }: LabContext, name: string): Promise<void> {
  await removeHost(docker, state, name);
  report({ subject: name, state: 'done', message: 'is taken away' });
}

/** One that was stopped, or frozen (docker pause). */
export async function startContainer(docker: Docker, id: string, name: string): Promise<void> {
  const container = docker.getContainer(id);
  await ask(`start ${name}`, async () => {
    const { State } = await container.inspect();
    if (State.Paused) await container.unpause();
    else if (!State.Running) await container.start();
  });
}

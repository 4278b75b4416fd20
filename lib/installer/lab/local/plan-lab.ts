import type Docker from 'dockerode';
import type { LabContext, LabPlan } from '../provider.ts';
import { ask } from './docker-client.ts';
import { findHosts } from './found-hosts.ts';
import { type HostStep, namesFor, planHosts } from './host-plan.ts';
import { portProblems, type WantedHost } from './host-ports.ts';
import { hasImage, hostImage, imageProblem } from './image/host-image.ts';
import { imageWorkplace } from './image/work-folder.ts';
import { containerName, isOfLab, networkName } from './lab-names.ts';
import { networksNamed } from './lab-network.ts';
import { listenProblems } from './machine/listen-address.ts';
import { takenPorts } from './machine/port-owner.ts';
import { imageRoomProblems, roomProblems } from './machine/room.ts';
import { plannedHosts } from './planned-hosts.ts';

/** What `up` would do, and what stands in its way. Changes nothing. */
export async function planLab(docker: Docker, context: LabContext): Promise<LabPlan> {
  const { lab, state } = context;
  const info = (await ask('tell about itself', () => docker.info())) as DockerInfo;
  const wanted = plannedHosts(context);
  const steps = planHosts(wanted, await findHosts(docker, state));
  const made = namesFor(steps, 'create', 'replace').length;
  const image = hostImage(lab.local.release);
  const imageThere = await hasImage(docker, image);
  const networks = await networksNamed(docker, state);
  const ports = portProblems(lab, state);
  const problems = [
    ...engineProblems(info),
    ...(imageThere
      ? []
      : [
          ...[await imageProblem()].flatMap((error) => (error === undefined ? [] : [`${error.message}: ${error.hint}`])),
          ...(await imageRoomProblems(imageWorkplace().folder)),
        ]),
    ...listenProblems(lab.local.listen, context.expose === true),
    ...ports,
    ...(ports.length > 0 ? [] : await portsInUse(docker, steps, context)),
    ...(await namesInUse(docker, wanted, state)),
    ...networks
      .filter(({ Labels }) => !isOfLab(Labels, state))
      .map(() => `the network ${networkName(state)} is there already and is not of this lab: give the lab another name`),
    ...(await roomProblems(made, lab.local.memory, info.DockerRootDir)),
  ];
  return {
    provider: 'local',
    where: `the Docker ${info.ServerVersion} of this machine (${info.Name})`,
    resources: [
      { what: 'image', count: imageThere ? 0 : 1 },
      { what: 'network', count: networks.length === 0 ? 1 : 0 },
      { what: 'container', count: made },
      { what: 'volume', count: made * 2 },
      { what: 'published port', count: made * 2 },
    ].filter(({ count }) => count > 0),
    hosts: {
      create: namesFor(steps, 'create'),
      keep: namesFor(steps, 'keep', 'start'),
      replace: namesFor(steps, 'replace'),
      remove: namesFor(steps, 'remove'),
    },
    cost: undefined,
    problems,
    notes: [
      'hosts of a local lab are nearly as good as root on this machine: give them to people whom you trust with it',
      ...(imageThere ? [] : [`the image ${image} is made first, once; it stays when the lab goes`]),
    ],
  };
}

interface DockerInfo {
  readonly Name: string;
  readonly ServerVersion: string;
  readonly OSType: string;
  readonly DockerRootDir: string;
  readonly SecurityOptions?: readonly string[];
}

function engineProblems({ OSType, SecurityOptions = [] }: DockerInfo): readonly string[] {
  if (OSType !== 'linux') return [`this machine's Docker runs ${OSType} containers: hosts of a lab are Linux`];
  return SecurityOptions.some((option) => option.includes('rootless'))
    ? [
        "this machine's Docker is rootless: it cannot run hosts with a Docker of their own; use the system's (DOCKER_HOST=unix:///var/run/docker.sock)",
      ]
    : [];
}

/** Ports that hosts which do not run now would be published on. A host that is replaced gives its own free. */
async function portsInUse(docker: Docker, steps: readonly HostStep[], { lab, state }: LabContext): Promise<readonly string[]> {
  const { listen } = lab.local;
  const hosts = steps.flatMap((step) => (step.do === 'keep' || step.do === 'remove' ? [] : [step.host]));
  const ports = hosts.flatMap(({ sshPort, apiPort }) => [sshPort, apiPort]);
  const taken = await takenPorts(docker, { ports, address: listen, except: (labels) => isOfLab(labels, state) });
  return taken.map(({ port, by }) => `port ${port} of ${listen} is taken by ${by}: end it, or choose another local.firstPort`);
}

/** Containers of others that are called as ours would be: a lab of the same name from another account or another machine's state, perhaps. */
async function namesInUse(docker: Docker, wanted: readonly WantedHost[], lab: LabContext['state']): Promise<readonly string[]> {
  const names = new Set(wanted.map(({ name }) => `/${containerName(lab, name)}`));
  const all = await ask('list the containers', () => docker.listContainers({ all: true }));
  return all
    .filter(({ Names, Labels }) => Names.some((name) => names.has(name)) && !isOfLab(Labels, lab))
    .map(({ Names }) => `the container ${Names[0]?.slice(1)} is there already and is not of this lab: give the lab another name`);
}

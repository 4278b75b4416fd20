import type Docker from 'dockerode';
import { atOnce } from '../../../common/at-once.ts';
import { readTar } from '../../artifacts/tar-reader.ts';
import { publishedHostKeys } from '../console-host-keys.ts';
import type { HostState, LabContext, LabHost } from '../provider.ts';
import { ask, statusOf } from './docker-client.ts';
import { findHosts, type FoundHost } from './found-hosts.ts';
import { readConsole } from './host-console.ts';
import { wantedHosts } from './host-ports.ts';
import { hostsAtOnce } from './put-up.ts';

const states: Readonly<Record<FoundHost['state'], HostState>> = {
  created: 'pending',
  running: 'running',
  paused: 'stopped',
  stopped: 'stopped',
  changing: 'pending',
};

/** All hosts that lab.yaml wants, and those that it no longer wants, as Docker has them now. */
export async function lookAtHosts(
  docker: Docker,
  { lab, state }: Pick<LabContext, 'lab' | 'state'>,
): Promise<readonly LabHost[]> {
  const found = new Map((await findHosts(docker, state)).map((host) => [host.name, host]));
  const wanted = wantedHosts(lab, state);
  const address = lab.local.listen;
  const names = new Set(wanted.map(({ name }) => name));
  const extra = [...found.values()].filter(({ name }) => !names.has(name));
  const hosts = await atOnce(hostsAtOnce, wanted, async (host): Promise<LabHost> => {
    const there = found.get(host.name);
    return {
      name: host.name,
      attendee: host.attendee,
      state: there === undefined ? 'missing' : states[there.state],
      id: there?.id,
      ssh: there && { address, port: host.sshPort },
      public: { address, sshPort: host.sshPort, apiPort: host.apiPort },
      hostKeys: there === undefined ? [] : publishedHostKeys(await readConsole(docker, there.id)),
      boot: there === undefined ? 'unknown' : await bootOf(docker, there),
    };
  });
  return [
    ...hosts,
    ...extra.map(({ name, attendee, id, state: found }): LabHost => {
      return { name, attendee, id, state: states[found], ssh: undefined, public: undefined, hostKeys: [], boot: 'unknown' };
    }),
  ];
}

/** cloud-init's result of this boot, which it takes away when it begins: read out of the container's file system, whatever runs in it. */
async function bootOf(docker: Docker, { id, state }: FoundHost): Promise<LabHost['boot']> {
  try {
    const archive = await docker.getContainer(id).getArchive({ path: '/var/lib/cloud/data/result.json' });
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    const [file] = readTar(Buffer.concat(chunks), 'result.json');
    const { v1 } = JSON.parse(file?.content.toString() ?? '') as { v1: { errors: readonly string[] } };
    return v1.errors.length > 0 ? 'failed' : 'done';
  } catch (error) {
    if (statusOf(error) !== 404 && !(error instanceof SyntaxError))
      return ask('read what cloud-init did', () => Promise.reject(error));
    return state === 'running' ? 'running' : 'unknown';
  }
}

import type { UpstreamName } from '../artifacts/upstream.ts';
import { distroOf } from '../distro/index.ts';
import type { Facts } from '../transport/facts.ts';
import type { Host } from '../transport/host.ts';
import type { InstallContext } from './context.ts';

/** Where a static build goes: upstream's own places, which are writable on systems whose /usr is not. */
const folders: Readonly<Record<UpstreamName, string>> = { docker: '/usr/local/bin', 'cni-plugins': '/opt/cni/bin' };
const titles: Readonly<Record<UpstreamName, string>> = { docker: 'Docker', 'cni-plugins': 'the CNI plugins' };

/** Nothing here lets its processes die with it: containers outlive a restart of either. */
const containerdUnit = `# Written by oo-install; removed by oo-install uninstall.
[Unit]
Description=containerd, which runs Docker's containers
After=network.target local-fs.target

[Service]
Type=notify
ExecStart=${folders.docker}/containerd
Restart=always
RestartSec=5
KillMode=process
Delegate=yes
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-999

[Install]
WantedBy=multi-user.target
`;

const dockerUnit = `# Written by oo-install; removed by oo-install uninstall.
[Unit]
Description=Docker
After=network-online.target containerd.service
Wants=network-online.target
Requires=containerd.service
StartLimitBurst=3
StartLimitIntervalSec=60

[Service]
Type=notify
ExecStart=${folders.docker}/dockerd --containerd=/run/containerd/containerd.sock
ExecReload=/bin/kill -s HUP $MAINPID
TimeoutStartSec=0
Restart=always
RestartSec=2
KillMode=process
Delegate=yes
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
OOMScoreAdjust=-500

[Install]
WantedBy=multi-user.target
`;

const units = [
  { path: '/etc/systemd/system/containerd.service', content: containerdUnit, mode: 0o644 },
  { path: '/etc/systemd/system/docker.service', content: dockerUnit, mode: 0o644 },
];

/** Puts a static build in place, verified by its checksum here and on the server. */
export async function installStaticBuild(host: Host, { facts, build }: InstallContext, name: UpstreamName): Promise<void> {
  // A dry run downloads nothing.
  const found = host.dryRun ? undefined : await build(name);
  const folder = folders[name];
  const which = found === undefined ? 'static build' : `${found.version}, static build`;
  await host.change(`put ${titles[name]} into ${folder} (${which})`, async (agent) => {
    const { source, sha256, size } = found!;
    await agent.call('directory.make', { path: folder, mode: 0o755, tree: false });
    const path = await host.send({ source, sha256, size, isCompressed: true });
    const files = name === 'docker' && facts.systemd ? units : [];
    await agent.call('programs.install', { name, path, sha256, folder, files });
  });
}

/** Whether Docker is to be upstream's static build here. */
export const dockerIsStatic = (facts: Facts): boolean => distroOf(facts).docker === 'static';

/** The daemon's program, where it was not there before. */
export const freshDockerd = (facts: Facts): string => (dockerIsStatic(facts) ? `${folders.docker}/dockerd` : '/usr/sbin/dockerd');

/** Whether the CNI plugins are to be upstream's, and were not there when the run began. */
export const lacksStaticPlugins = (facts: Facts): boolean =>
  distroOf(facts).cniPlugins === 'static' && facts.cniFolders.length === 0;

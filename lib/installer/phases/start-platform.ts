import { hashOf } from '../artifacts/cache.ts';
import { platformPaths } from './context.ts';
import { definePhase } from './define-phase.ts';
import { proxyEnvironment } from './proxy-files.ts';

/**
 * The unit. Only its own process is killed when it stops: containers and their helpers outlive it. Nothing here gives it a mount
 * namespace of its own (PrivateTmp, ProtectSystem ...): what it mounts for pods must be seen by Docker.
 */
export const openshiftUnit = `# Written by oo-install; removed by oo-install uninstall.
[Unit]
Description=OpenShift: API, controllers and this machine as a node
Documentation=file:///etc/openshift/config.yaml
After=network-online.target docker.service
Wants=network-online.target docker.service
StartLimitIntervalSec=0

[Service]
ExecStart=${platformPaths.program} start --config ${platformPaths.config}
Restart=always
RestartSec=1
KillMode=process
TimeoutStopSec=30
Delegate=yes
LimitNOFILE=1048576
TasksMax=infinity
OOMScoreAdjust=-500
LockPersonality=yes
RestrictRealtime=yes

[Install]
WantedBy=multi-user.target
`;

/** The same under our own supervisor, where no init system runs. */
export const openshiftService = {
  name: 'openshift',
  argv: [platformPaths.program, 'start', '--config', platformPaths.config],
  env: {},
  log: platformPaths.log,
  grace: 30_000,
};

export const startPlatform = definePhase({
  name: 'start-platform',
  title: 'Start OpenShift',

  async isDone(_host, { facts, changed }) {
    if (changed.platform) return false;
    if (changed.upgraded !== undefined) return true;
    if (!facts.systemd) return facts.ours.services.has('openshift');
    const unit = facts.units.openshift;
    return (
      unit?.active === 'active' &&
      unit.enabled === 'enabled' &&
      facts.ours.files.get(platformPaths.unit) === hashOf(openshiftUnit)
    );
  },

  async apply(host, { facts, settings, changed }) {
    if (facts.systemd) {
      await host.change('start OpenShift and enable it at boot', async (agent) => {
        const unit = { path: platformPaths.unit, content: openshiftUnit, mode: 0o644 };
        const { changed: isNew } = await agent.call('file.write', unit);
        const restart = changed.platform || isNew;
        await agent.call('unit.start', { name: platformPaths.unitName, restart, enable: true });
      });
      changed.platform = true;
      return;
    }
    await host.change('start OpenShift', async (agent) => {
      await agent.call('directory.make', { path: platformPaths.logDir, mode: 0o755, tree: true });
      await agent.call('service.start', { ...openshiftService, env: proxyEnvironment(settings), restart: changed.platform });
    });
    changed.platform = true;
    host.warn('no init system runs here: OpenShift runs under our supervisor, and nothing starts it at boot');
  },
});

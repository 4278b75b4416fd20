import { defineErrors } from '../../common/errors.ts';
import type { PatienceOptions } from '../../common/patience.ts';
import type { CallResult } from '../agent/call-schemas.ts';
import type { InstalledVersion } from '../agent/upgrade/upgrade-record.ts';
import { artifactVersion, versionText } from '../artifacts/artifact-version.ts';
import { platformPaths } from './context.ts';
import { definePhase } from './define-phase.ts';
import { openshiftProgram } from './install-runtime.ts';
import { openshiftService, openshiftUnit } from './start-platform.ts';
import { isUpgrade } from './upgrade-plan.ts';
import { SAMPLE_IMAGE } from './verify-platform.ts';

type Outcome = CallResult<'upgrade.run'>;

const upgradeErrors = defineErrors({
  UPGRADE_RETURNED: {
    failure: 'platform',
    message: ({ from, to, reason, lines }: Outcome) =>
      `version ${text(to)} did not prove itself, so ${text(from)} runs again: ${reason}${quoted(lines)}`,
    hint: () => 'containers went on running; mend what is told above, then run the same command again',
  },
  UPGRADE_RETURNED_UNHEALTHY: {
    failure: 'platform',
    message: ({ from, to, reason, lines, unhealthy }: Outcome) =>
      `version ${text(to)} did not prove itself (${reason}), and ${text(from)}, which is in place again, is not healthy: ${unhealthy}${quoted(lines)}`,
    hint: () => 'see what its log says: oo-install logs',
  },
});

/** In which a new version must have proved itself: as an installation (verify-platform.ts). */
const upgradePatience: PatienceOptions = { stall: 120_000, most: 600_000 };

/**
 * Another version is in use: the agent switches to this one and restarts the daemon, which has to prove itself; else the version before comes
 * back. On the server itself, so that a lost connection leaves nothing half done (agent/upgrade/run-upgrade.ts).
 */
export const upgradePlatform = definePhase({
  name: 'upgrade-platform',
  title: 'Upgrade OpenShift',

  select: isUpgrade,
  isDone: async () => false,

  async apply(host, context) {
    const { facts, changed } = context;
    const { openshift } = await context.artifacts();
    const to = versionText(await artifactVersion(openshift), openshift.sha256);
    const from = versionText(facts.ours.version, facts.ours.current.get('openshift') ?? '');
    const result = await host.change(`upgrade OpenShift from ${from} to ${to}, and return if it does not prove itself`, (agent) =>
      agent.call('upgrade.run', {
        files: [
          { path: platformPaths.program, content: openshiftProgram, mode: 0o755 },
          ...(facts.systemd ? [{ path: platformPaths.unit, content: openshiftUnit, mode: 0o644 }] : []),
        ],
        daemon: facts.systemd ? { unit: platformPaths.unitName } : { service: openshiftService },
        config: platformPaths.config,
        kubeconfig: platformPaths.kubeconfig,
        image: SAMPLE_IMAGE,
        patience: context.upgradePatience ?? upgradePatience,
      }),
    );
    // What it has restarted and looked at need not be again.
    changed.platform = false;
    changed.upgraded = result === undefined ? { from, to } : { from: text(result.from), to: text(result.to) };
    if (result?.outcome !== 'returned') return;
    throw result.unhealthy === '' ? upgradeErrors.UPGRADE_RETURNED(result) : upgradeErrors.UPGRADE_RETURNED_UNHEALTHY(result);
  },
});

const text = ({ version, openshift }: InstalledVersion): string => versionText(version, openshift);

const quoted = (lines: readonly string[]): string => lines.map((line) => `\n    ${line}`).join('');

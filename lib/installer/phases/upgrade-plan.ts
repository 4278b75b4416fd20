import { defineErrors } from '../../common/errors.ts';
import type { InstalledVersion } from '../agent/upgrade/upgrade-record.ts';
import { artifactVersion, isOlder, versionText } from '../artifacts/artifact-version.ts';
import { type InstallContext, platformPaths } from './context.ts';

type Planned = Pick<InstallContext, 'facts' | 'artifacts'>;

const versionErrors = defineErrors({
  DOWNGRADE_REFUSED: {
    failure: 'conflict',
    message: (host: string, theirs: string, ours: string) =>
      `${host} has version ${theirs}, which is newer than this one, ${ours}`,
    hint: (host: string) =>
      `use a newer oo-install, or go back on purpose: oo-install upgrade ${host} --allow-downgrade (nothing was changed)`,
  },
});

/** Whether a platform that has run here is of another version than this run brings, or an upgrade of it was cut off. */
export async function isUpgrade({ facts, artifacts }: Planned): Promise<boolean> {
  const { ours } = facts;
  if (ours.upgradePending) return true;
  // The daemon itself has written the kubeconfig: it has run.
  if (!ours.journal || !ours.kubeconfig) return false;
  const wanted = await artifacts();
  const current = [wanted.runtime, wanted.openshift].map(({ kind, sha256 }) => ({ now: ours.current.get(kind), sha256 }));
  return current.every(({ now }) => now !== undefined) && current.some(({ now, sha256 }) => now !== sha256);
}

/**
 * Throws DOWNGRADE_REFUSED when what is in use comes after what this run brings. Two builds of one version have no order. What an upgrade that
 * was cut off has left in use has not proved itself: the version that it began from counts.
 */
export async function refuseDowngrade(host: string, { facts, artifacts }: Planned): Promise<void> {
  const { ours } = facts;
  const proven = ours.upgradePending
    ? ours.upgradeFrom
    : { openshift: ours.current.get('openshift') ?? '', version: ours.version };
  if (proven.openshift === '' || proven.version === '') return;
  const { openshift } = await artifacts();
  if (openshift.sha256 === proven.openshift) return;
  const version = await artifactVersion(openshift);
  if (!isOlder(version, proven.version)) return;
  throw versionErrors.DOWNGRADE_REFUSED(
    host,
    versionText(proven.version, proven.openshift),
    versionText(version, openshift.sha256),
  );
}

/** What `upgrade.begin` writes down beside links and images: the files that belong to a version. */
export const versionFiles: readonly string[] = [platformPaths.program, platformPaths.unit, platformPaths.config];

/** The version that this run brings, as the agent knows it. */
export async function wantedVersion({ artifacts }: Pick<InstallContext, 'artifacts'>): Promise<InstalledVersion> {
  const { runtime, openshift } = await artifacts();
  return { runtime: runtime.sha256, openshift: openshift.sha256, version: await artifactVersion(openshift) };
}

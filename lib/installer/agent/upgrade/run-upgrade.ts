import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText } from '../../../common/errors.ts';
import type { PatienceOptions } from '../../../common/patience.ts';
import { agentErrors } from '../agent-errors.ts';
import type { CallContext } from '../call-context.ts';
import type { CallParams, CallResult } from '../call-schemas.ts';
import { readAccess } from '../handlers/api-access.ts';
import { docker, imageId } from '../handlers/docker-handlers.ts';
import { fileHandlers } from '../handlers/file-handlers.ts';
import { lastLines, runCommand } from '../run-command.ts';
import { restorePathState } from '../path-state.ts';
import { type DaemonControl, daemonControl } from './daemon-control.ts';
import { passHealthGate } from './health-gate.ts';
import { keepVersions, useVersion } from './installed-versions.ts';
import { listPods, lostContainers, steadyContainers } from './running-containers.ts';
import {
  endUpgrade,
  type InstalledVersion,
  readBootId,
  readUpgrade,
  type UpgradeRecord,
  writeUpgrade,
} from './upgrade-record.ts';

type Params = CallParams<'upgrade.run'>;
type Result = CallResult<'upgrade.run'>;

/** What the version before is given at least. It has nothing left to prove, and who gives a new version little time does not mean this one. */
const returnPatience: PatienceOptions = { stall: 120_000, most: 600_000 };

/** ms for the new daemon to judge configuration and store: it is a whole start but for serving. */
const judgePatience = 180_000;

/** How long the version before may take to be healthy again. `patience`: what the new one was given. */
export const patienceOfReturn = ({ stall, most }: PatienceOptions): PatienceOptions => ({
  stall: Math.max(stall, returnPatience.stall),
  most: Math.max(most, returnPatience.most),
});

/**
 * The upgrade that `upgrade.begin` has written down, from the switch to its end: the new version proves itself, or the one before comes
 * back and proves itself. It runs in the agent, so that a lost connection changes nothing about it; and each step is on the disk before
 * it is taken, so that whoever asks again after a kill goes on from there.
 */
export async function runUpgrade(params: Params, context: CallContext): Promise<Result> {
  const { paths, progress } = context;
  let record = await readUpgrade(paths.stateDir);
  if (record === undefined) throw agentErrors.NO_UPGRADE();
  const daemon = daemonControl(params.daemon, context);
  if (record.state === 'returning') return goBack(record, daemon, params, context);

  const unfit = record.state === 'begun' ? await askNewDaemon(record.to, params, context) : '';
  if (unfit !== '') {
    await restoreImages(record.images);
    await endUpgrade(paths.stateDir);
    throw agentErrors.UPGRADE_UNFIT(record.to.version, unfit);
  }
  const containers = await whatRuns(record, params.kubeconfig);
  record = { ...record, state: 'switched', containers, bootId: await readBootId() };
  await writeUpgrade(paths.stateDir, record);

  progress(`switching to ${record.to.version}`);
  // Whatever goes wrong from here on is the new version's failure: the one before comes back.
  const why = await switchTo(record.to, daemon, params, context, containers).catch(errorText);
  if (why === '') {
    await keepVersions(paths.optDir, [record.to, record.from]);
    await endUpgrade(paths.stateDir);
    return { outcome: 'upgraded', from: record.from, to: record.to, reason: '', lines: [], unhealthy: '' };
  }
  const lines = await daemon.lastLines(12).catch(() => []);
  record = { ...record, state: 'returning', reason: why, lines };
  await writeUpgrade(paths.stateDir, record);
  return goBack(record, daemon, params, context);
}

/** Brings the version before back, files and images too, and has it prove itself. */
async function goBack(record: UpgradeRecord, daemon: DaemonControl, params: Params, context: CallContext): Promise<Result> {
  const { paths, journal, progress } = context;
  const { from, to, reason, lines } = record;
  progress(`returning to ${from.version}: ${reason}`);
  await restoreImages(record.images);
  const files: Params['files'] = [];
  for (const { path, before } of record.files) {
    if (before.kind === 'file') {
      files.push({ path, content: await readFile(join(journal.backupDir, before.sha256), 'utf8'), mode: before.mode });
    } else await restorePathState(path, before, journal.backupDir);
  }
  const sameBoot = record.bootId === (await readBootId());
  const containers = sameBoot ? (record.containers ?? []) : [];
  // What the failed version has done to a container cannot be undone; the version before is judged by what is left.
  const unhealthy = await switchTo(from, daemon, { ...params, files, patience: patienceOfReturn(params.patience) }, context, []);
  const lost = unhealthy === '' && containers.length > 0 ? await lostOf(containers, params.kubeconfig) : '';
  await endUpgrade(paths.stateDir);
  return { outcome: 'returned', from, to, reason, lines, unhealthy: unhealthy || lost };
}

/** Answers nothing when the version runs and is healthy, else why not. */
async function switchTo(
  version: InstalledVersion,
  daemon: DaemonControl,
  { files, kubeconfig, image, patience }: Params,
  context: CallContext,
  containers: NonNullable<UpgradeRecord['containers']>,
): Promise<string> {
  await useVersion(context.paths.optDir, version);
  for (const file of files) await fileHandlers['file.write'](file, context);
  try {
    await daemon.restart();
  } catch (error) {
    return errorText(error);
  }
  const { progress } = context;
  const restarts = (): Promise<number> => daemon.restarts();
  return passHealthGate({ kubeconfig, image, patience, containers, restarts, progress });
}

/**
 * Has the new daemon judge the configuration and the store before anything is switched: one that is older than the store, or knows
 * fewer settings, answers why. A version that cannot judge is tried: its start will tell.
 */
async function askNewDaemon(to: InstalledVersion, { config }: Params, { paths }: CallContext): Promise<string> {
  const program = [`${paths.optDir}/runtime/${to.runtime}/node`, `${paths.optDir}/openshift/${to.openshift}/openshift.mjs`];
  const argv = [program[0]!, '--disable-warning=ExperimentalWarning', program[1]!, 'check', '--config', config];
  const { code, stderr } = await runCommand(argv, { timeout: judgePatience });
  return code === 0 || /unknown command/.test(stderr) ? '' : lastLines(stderr, 4);
}

/** Of an upgrade that goes on, what it has written down; anew when the server was started since, or for the first time. */
async function whatRuns(record: UpgradeRecord, kubeconfig: string): Promise<NonNullable<UpgradeRecord['containers']>> {
  if (record.containers !== undefined) return record.bootId === (await readBootId()) ? record.containers : [];
  // A platform that does not answer has nothing to compare with: it can only become better.
  const pods = await readAccess(kubeconfig)
    .then(listPods)
    .catch(() => []);
  return steadyContainers(pods, Date.now());
}

async function lostOf(containers: NonNullable<UpgradeRecord['containers']>, kubeconfig: string): Promise<string> {
  return readAccess(kubeconfig)
    .then(listPods)
    .then((pods) => lostContainers(containers, pods))
    .catch(errorText);
}

/** References go back to the images that had them, where these are still there and Docker answers. */
async function restoreImages(images: Readonly<Record<string, string>>): Promise<void> {
  for (const [reference, id] of Object.entries(images)) {
    if (id === '' || (await imageId(reference).catch(() => id)) === id) continue;
    const colon = reference.lastIndexOf(':');
    const tag = { repo: reference.slice(0, colon), tag: reference.slice(colon + 1) };
    await (
      await docker()
    )
      .getImage(id)
      .tag(tag)
      .catch(() => undefined);
  }
}

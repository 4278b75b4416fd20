import type { PatienceOptions } from '../../common/patience.ts';
import { platformImageNames } from '../artifacts/images/platform-image-names.ts';
import { type InstallContext, platformPaths } from '../phases/context.ts';
import { phases } from '../phases/index.ts';
import { requireSupplies } from '../phases/require-supplies.ts';
import { runPhases } from '../phases/run-phases.ts';
import { refuseDowngrade } from '../phases/upgrade-plan.ts';
import { waitForHost } from '../phases/wait-for-host.ts';
import type { EventBody } from '../progress-event.ts';
import { mergeAfterInstall } from './kubeconfig.ts';
import { openSession, type SessionOptions, settingsFor } from '../session.ts';
import { checkPreflights } from './check.ts';
import { installedErrors, isInstalled } from './installed-host.ts';

type Result = Extract<EventBody, { event: 'result' }>;

/** What an installation is told beside the host. */
export interface InstallPlan {
  /** Whether kubectl on this machine is told of a server that is another one. @default true */
  readonly kubeconfig?: boolean;
  /** `upgrade` wants one that is there. @default install */
  readonly command?: 'install' | 'upgrade';
  /** Goes back to an older version. @default false: it is refused */
  readonly allowDowngrade?: boolean;
  /** In which another version must prove itself. @default as an installation */
  readonly upgradePatience?: PatienceOptions;
}

/** Brings a host to a running platform, from whatever state it is in. Running it again finishes or finds nothing to do. */
export async function install(options: SessionOptions, plan: InstallPlan = {}): Promise<Result> {
  const { command = 'install', allowDowngrade = false, upgradePatience } = plan;
  const begin = performance.now();
  const { reporter } = options;
  const session = openSession(options);
  const { host } = session;
  reporter.report({ event: 'started', host: host.name, command, dryRun: options.dryRun });
  try {
    const facts = await host.probe();
    if (command === 'upgrade' && !isInstalled(facts)) throw installedErrors.NOT_INSTALLED(host.name);
    const context = { ...session.context(facts), ...(upgradePatience === undefined ? {} : { upgradePatience }) };
    if (!allowDowngrade) await refuseDowngrade(host.name, context);
    // Begun at once too; other commands need none.
    void context.images().catch(() => undefined);
    if (!options.dryRun) void context.platformImages().catch(() => undefined);
    context.renew = (found) => {
      Object.assign(context, { facts: found, settings: settingsFor(found, options) });
      checkPreflights(found, options);
    };
    // What is still being set up (disks that grow, packages) is judged once that has ended, by the phase that waits for it.
    const waits = (await waitForHost.select?.(context)) === true && !(await waitForHost.isDone(host, context));
    if (!waits || options.dryRun) checkPreflights(facts, options);
    await requireSupplies(context, options);
    await runPhases(phases, host, context, {
      reporter,
      progress: session.progress,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const { reach } = options.transport;
    const isTold = reach !== undefined && !options.dryRun && plan.kubeconfig !== false;
    const here = isTold ? await mergeAfterInstall(host, reach) : undefined;
    const { upgraded } = context.changed;
    const done = upgraded === undefined ? 'installed' : 'upgraded';
    const outcome = options.dryRun ? 'planned' : host.changes === 0 ? 'unchanged' : done;
    const seconds = Math.round((performance.now() - begin) / 100) / 10;
    const api = `https://${context.settings.advertiseAddress}:${context.settings.port}`;
    const applications = !options.dryRun && (await bringsApplications(context));
    const result: Result = {
      event: 'result',
      host: host.name,
      command,
      outcome,
      seconds,
      changes: host.changes,
      api,
      kubeconfig: platformPaths.kubeconfig,
      ...(applications ? { applications } : {}),
      ...here,
      ...(upgraded === undefined ? {} : { version: upgraded.to, versionBefore: upgraded.from }),
    };
    reporter.report(result);
    return result;
  } finally {
    await host.close();
  }
}

/** Whether all of the platform's own images are there: parts of them are of use too, but the next steps need all. */
async function bringsApplications({ platformImages }: InstallContext): Promise<boolean> {
  const { images } = await platformImages();
  const made = await Promise.allSettled(images.map(({ image }) => image));
  const names = new Set(images.filter((_, i) => made[i]!.status === 'fulfilled').map(({ name }) => name));
  return platformImageNames.every((name) => names.has(name));
}

import type { LabContext, LabProvider } from '../provider.ts';
import { openAccount } from './account.ts';
import { giveAccess } from './attendee-access.ts';
import { auditLab } from './audit/audit.ts';
import { extendLab } from './extend.ts';
import { type AwsOptions, waitingOf } from './options.ts';
import { tellJanitorStays } from './janitor-deployment/janitor-stays.ts';
import { awsJanitor } from './janitor-deployment/lab-janitor.ts';
import { planLab } from './plan-lab.ts';
import { startHosts, stopHosts } from './power.ts';
import { putUp } from './put-up.ts';
import { downLab, remainsOf } from './sweep/down-lab.ts';
import { lookAtHosts, waitForHosts } from './wait-for-hosts.ts';

/** Hosts as instances of EC2, made by CloudFormation in an account and a region of their owner's. */
export function awsProvider(options: AwsOptions = {}): LabProvider {
  const waiting = waitingOf(options);
  return {
    name: 'aws',
    plan: async (context) => planLab(await openAccount(context), context, options),
    up: (context) => putUp(context, options),
    hosts: async (context) => lookAtHosts(await openAccount(context), context),
    async start(context) {
      const where = await openAccount(context);
      await startHosts(where, context, waiting);
      await waitForHosts(where, context, waiting);
    },
    stop: async (context) => stopHosts(await openAccount(context), context, waiting),
    extend: (context, expires) => extendLab(context, expires, options),
    access: async (context, wanted) => giveAccess(await openAccount(context), context, wanted, options),
    remains: async (context) => remainsOf((await openAccount(context)).aws, context.state),
    down: async (context: LabContext) => {
      const where = await openAccount(context);
      await downLab(where.aws, context.state, context.report, context.signal);
      await tellJanitorStays(where, context);
    },
    audit: async (context) => {
      const { aws } = await openAccount(context);
      return auditLab(aws, context.state, { signal: context.signal, ...options.audit });
    },
    janitor: awsJanitor(options),
  };
}

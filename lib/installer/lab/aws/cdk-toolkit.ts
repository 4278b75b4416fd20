import {
  BaseCredentials,
  BootstrapEnvironments,
  type IIoHost,
  type StackActivity,
  StackParameters,
  StackSelectionStrategy,
  Toolkit,
} from '@aws-cdk/toolkit-lib';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { printable } from '../../../common/printable.ts';
import type { AwsAccount } from './account.ts';
import { endedBy, type Watch } from './ended-by.ts';
import { stacksAtOnce } from './lab-stacks.ts';

/**
 * Deploys the stacks of a cloud assembly by the CDK's own toolkit, some at a time, and tells of every resource. Aborted, it ends at once:
 * CloudFormation goes on with what it has begun.
 * @param options.poll ms between two looks at the events of a stack
 * @param options.only names of stacks. @default all
 * @throws what the toolkit throws; the signal's reason
 */
export async function deployAssembly(
  where: AwsAccount,
  folder: string,
  watch: Watch,
  { poll, only }: { readonly poll: number; readonly only?: readonly string[] },
): Promise<void> {
  watch.signal.throwIfAborted();
  const tools = toolkit(where, watch);
  const work = async (): Promise<void> => {
    const source = await tools.fromAssemblyDirectory(folder);
    await tools.deploy(source, {
      deploymentMethod: { method: 'direct' },
      // Without it the toolkit takes every stack for changed.
      parameters: StackParameters.onlyExisting(),
      concurrency: stacksAtOnce,
      stackEventPollingInterval: poll,
      ...(only === undefined ? {} : { stacks: { strategy: StackSelectionStrategy.PATTERN_MUST_MATCH, patterns: [...only] } }),
    });
  };
  await endedBy(watch.signal, work());
}

/** Makes or renews the CDK's own stack in the account and region, as `cdk bootstrap` does. @throws what the toolkit throws */
export async function bootstrapAccount(where: AwsAccount, watch: Watch): Promise<void> {
  await toolkit(where, watch).bootstrap(BootstrapEnvironments.fromList([`aws://${where.account}/${where.region}`]));
}

/** The CDK's toolkit, with the credentials of everything else; `watch` hears what it says. */
function toolkit({ region }: AwsAccount, watch: Watch): Toolkit {
  return new Toolkit({
    ioHost: teller(watch),
    color: false,
    emojis: false,
    // The same chain as everything else that asks AWS here.
    sdkConfig: { baseCredentials: BaseCredentials.custom({ provider: fromNodeProviderChain(), region }) },
  });
}

/** Tells of each resource of a stack, and of stacks that end; answers every question as the toolkit proposes: the person was asked before. */
function teller({ report }: Watch): IIoHost {
  return {
    notify: async ({ code, data }) => {
      if (code !== 'CDK_TOOLKIT_I5502') return;
      const { event, progress } = data as StackActivity;
      const { StackName: subject = '', LogicalResourceId = '', ResourceStatus = '', ResourceStatusReason = '' } = event;
      const state = ResourceStatus.endsWith('_FAILED')
        ? 'failed'
        : LogicalResourceId === subject && ResourceStatus.endsWith('_COMPLETE')
          ? 'done'
          : 'running';
      const reason = state === 'failed' ? `: ${printable(ResourceStatusReason)}` : '';
      const { completed = 0, total } = progress;
      const count = total === undefined ? '' : `${completed}/${total} `;
      report({ subject, state, message: `${count}${LogicalResourceId} ${ResourceStatus}${reason}` });
    },
    requestResponse: async ({ defaultResponse }) => defaultResponse,
  };
}

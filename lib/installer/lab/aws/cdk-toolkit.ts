import {
  BaseCredentials,
  type IIoHost,
  type StackActivity,
  StackParameters,
  StackSelectionStrategy,
  Toolkit,
} from '@aws-cdk/toolkit-lib';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { printable } from '../../transport/parse-facts.ts';
import type { LabContext } from '../provider.ts';
import type { AwsAccount } from './account.ts';
import { stacksAtOnce } from './lab-stacks.ts';

/** Who waits while the CDK works. */
export type Watch = Pick<LabContext, 'report' | 'signal'>;

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

/** The CDK's toolkit, with the credentials of everything else; `watch` hears what it says. */
export function toolkit({ region }: AwsAccount, watch: Watch): Toolkit {
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

/** Ends with the work, or when the signal does; the work then goes on unheard, in a process that is about to end. */
export async function endedBy<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

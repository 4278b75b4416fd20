import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import {
  BaseCredentials,
  BootstrapEnvironments,
  type IIoHost,
  type StackActivity,
  StackParameters,
  StackSelectionStrategy,
  Toolkit,
} from '@aws-cdk/toolkit-lib';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import { printable } from '../../transport/parse-facts.ts';
import type { LabContext } from '../provider.ts';
import type { AwsAccount } from './account.ts';
import { awsErrors } from './aws-errors.ts';
import { askAws, explainAws } from './explain-aws.ts';
import { failuresOf, labStacks, stacksAtOnce } from './lab-stacks.ts';
import type { Synthesis } from './synthesis.ts';

/** The oldest version of what `cdk bootstrap` makes that templates of this CDK need. */
const bootstrapNeeded = 6;

/**
 * Deploys the lab's stacks by the CDK's own toolkit, some at a time, and tells of every resource. Aborted, it ends at once: CloudFormation goes on
 * with what it has begun, and the next run waits for that.
 * @param only names of stacks. @default all
 * @throws OoError LAB_STACK_FAILED with CloudFormation's reasons, and what explainAws makes
 */
export async function deploy(
  where: AwsAccount,
  { folder }: Pick<Synthesis, 'folder'>,
  context: LabContext,
  { poll, only }: { readonly poll: number; readonly only?: readonly string[] },
): Promise<void> {
  const { signal } = context;
  signal.throwIfAborted();
  const tools = toolkit(where, context);
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
  try {
    await endedBy(signal, work());
  } catch (error) {
    signal.throwIfAborted();
    throw await whyFailed(where, context, error);
  }
}

/** What CloudFormation keeps templates in, once for an account and region: made where it is missing. It stays when the lab goes. */
export async function bootstrap(where: AwsAccount, context: LabContext): Promise<void> {
  if (await isBootstrapped(where)) return;
  const subject = 'CDKToolkit';
  context.report({
    subject,
    state: 'running',
    message: `is made: the CDK's own stack, once for ${where.account} in ${where.region}`,
  });
  try {
    const environment = BootstrapEnvironments.fromList([`aws://${where.account}/${where.region}`]);
    await endedBy(context.signal, toolkit(where, context).bootstrap(environment));
  } catch (error) {
    context.signal.throwIfAborted();
    throw explainAws(error, "make the CDK's own stack (cdk bootstrap)", where.region);
  }
  context.report({ subject, state: 'done', message: 'is there, for this lab and all later ones' });
}

export async function isBootstrapped({ aws, region }: AwsAccount): Promise<boolean> {
  return askAws("look for the CDK's own stack", region, async () => {
    try {
      const { Parameter } = await aws.ssm.send(new GetParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' }));
      return Number(Parameter?.Value) >= bootstrapNeeded;
    } catch (error) {
      if (error instanceof Error && error.name === 'ParameterNotFound') return false;
      throw error;
    }
  });
}

function toolkit({ region }: AwsAccount, context: LabContext): Toolkit {
  return new Toolkit({
    ioHost: teller(context),
    color: false,
    emojis: false,
    // The same chain as everything else that asks AWS here.
    sdkConfig: { baseCredentials: BaseCredentials.custom({ provider: fromNodeProviderChain(), region }) },
  });
}

/** Tells of each resource of a stack, and of stacks that end; answers every question as the toolkit proposes: the person was asked before. */
function teller({ report }: LabContext): IIoHost {
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

/** What the toolkit says is one line; CloudFormation's own events tell which resource, and why. */
async function whyFailed(where: AwsAccount, { state }: LabContext, error: unknown): Promise<Error> {
  const explained = explainAws(error, 'deploy the stacks', where.region);
  if (explained.code === 'AWS_CREDENTIALS_EXPIRED' || explained.code === 'AWS_NO_CREDENTIALS') return explained;
  try {
    for (const { name, status } of await labStacks(where, state)) {
      if (!/ROLLBACK|FAILED/.test(status)) continue;
      const reasons = await failuresOf(where, name);
      if (reasons.length === 0) continue;
      const text = new Error(reasons.join('\n'), { cause: error });
      const denied = explainAws(text, `make what is in the stack ${name}`, where.region);
      return denied.code === 'AWS_REFUSED' ? awsErrors.LAB_STACK_FAILED(name, reasons, { cause: error }) : denied;
    }
  } catch {
    // What cannot be asked adds nothing to what is known.
  }
  return explained;
}

/** Ends with the work, or when the signal does; the work then goes on unheard, in a process that is about to end. */
async function endedBy<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

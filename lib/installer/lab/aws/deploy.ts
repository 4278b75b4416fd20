import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { LabContext } from '../provider.ts';
import type { AwsAccount } from './account.ts';
import { awsErrors } from './aws-errors.ts';
import { endedBy, type Watch } from './ended-by.ts';
import { askAws, explainAws } from './explain-aws.ts';
import { failuresOf, type LabStack, labStacks } from './lab-stacks.ts';
import type { Synthesis } from './synthesis.ts';

/** The oldest version of what `cdk bootstrap` makes that templates of this CDK need. */
const bootstrapNeeded = 6;

/** The CDK's toolkit takes the better part of a second to load: whoever only looks, or takes a lab away, does without. */
export const loadToolkit = () => import('./cdk-toolkit.ts');

/**
 * Deploys the lab's stacks. Aborted, it ends at once: CloudFormation goes on with what it has begun, and the next run waits for that.
 * @param options.only names of stacks. @default all
 * @throws OoError LAB_STACK_FAILED with CloudFormation's reasons, and what explainAws makes
 */
export async function deploy(
  where: AwsAccount,
  { folder }: Pick<Synthesis, 'folder'>,
  context: LabContext,
  options: { readonly poll: number; readonly only?: readonly string[] },
): Promise<void> {
  try {
    const { deployAssembly } = await loadToolkit();
    await deployAssembly(where, folder, context, options);
  } catch (error) {
    context.signal.throwIfAborted();
    throw await whyFailed(where, () => labStacks(where, context.state), error);
  }
}

/** What CloudFormation keeps templates in, once for an account and region: made where it is missing. It stays when the lab goes. */
export async function bootstrap(where: AwsAccount, context: Watch): Promise<void> {
  if (await isBootstrapped(where)) return;
  const subject = 'CDKToolkit';
  context.report({
    subject,
    state: 'running',
    message: `is made: the CDK's own stack, once for ${where.account} in ${where.region}`,
  });
  try {
    const { bootstrapAccount } = await loadToolkit();
    await endedBy(context.signal, bootstrapAccount(where, context));
  } catch (error) {
    context.signal.throwIfAborted();
    throw explainAws(error, "make the CDK's own stack (cdk bootstrap)", where.region);
  }
  context.report({ subject, state: 'done', message: 'is there, for this lab and all later ones' });
}

/** Whether the CDK's own stack is in the region, new enough for us. */
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

/** What the toolkit says is one line; CloudFormation's own events tell which resource, and why. */
export async function whyFailed(
  where: AwsAccount,
  stacks: () => Promise<readonly Pick<LabStack, 'name' | 'status'>[]>,
  error: unknown,
): Promise<Error> {
  const explained = explainAws(error, 'deploy the stacks', where.region);
  if (explained.code === 'AWS_CREDENTIALS_EXPIRED' || explained.code === 'AWS_NO_CREDENTIALS') return explained;
  try {
    for (const { name, status } of await stacks()) {
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

import { CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import type { AwsClients } from '../../../lib/installer/lab/aws/clients.ts';
import { labApp } from '../../../lib/stacks/lab-app.ts';
import type { LabDefinition } from '../../../lib/stacks/lab-definition.ts';

/** A lab's stacks in an emulated account, as the CDK would make them: real templates, in their order, with their tags. One may be protected. */
export async function deployLab({ cloudformation, ssm }: AwsClients, lab: LabDefinition, isProtected?: string): Promise<void> {
  // The CDK's templates look at the version of what `cdk bootstrap` has made.
  const version = { Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' as const, Overwrite: true };
  await ssm.send(new PutParameterCommand(version));
  for (const stack of labApp(lab).synth().stacks) {
    const Tags = Object.entries(stack.tags).map(([Key, Value]) => ({ Key, Value }));
    await cloudformation.send(
      new CreateStackCommand({
        StackName: stack.stackName,
        TemplateBody: JSON.stringify(stack.template),
        Tags,
        EnableTerminationProtection: stack.stackName === isProtected,
        Capabilities: ['CAPABILITY_NAMED_IAM'],
      }),
    );
  }
}

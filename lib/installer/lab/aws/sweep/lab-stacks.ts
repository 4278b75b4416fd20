import { paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { stackName } from '../../../../stacks/lab-definition.ts';
import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';
import { bearsBoth } from './ownership.ts';

export interface FoundStack {
  readonly name: string;
  /** The ARN: it names the stack even when it is gone. */
  readonly id: string;
  readonly status: string;
}

/** The lab's stacks by both of their tags, in the groups in which they go: what imports something goes before what exports it. */
export async function labStacks({ cloudformation }: AwsClients, lab: LabIdentity): Promise<readonly (readonly FoundStack[])[]> {
  const pages = await Array.fromAsync(paginateDescribeStacks({ client: cloudformation }, {}));
  const ours = pages
    .flatMap(({ Stacks = [] }) => Stacks)
    .filter(({ StackStatus, Tags }) => StackStatus !== 'DELETE_COMPLETE' && bearsBoth(Tags, lab))
    .map(({ StackName = '', StackId = '', StackStatus = '' }) => ({ name: StackName, id: StackId, status: StackStatus }));
  const last = [stackName(lab, 'access'), stackName(lab, 'network')];
  return [
    ours.filter(({ name }) => !last.includes(name)),
    ...last.map((name) => ours.filter((stack) => stack.name === name)),
  ].filter((group) => group.length > 0);
}

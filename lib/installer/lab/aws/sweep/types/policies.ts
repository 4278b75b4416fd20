import {
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  ListPolicyTagsCommand,
  paginateListPolicies,
  paginateListPolicyVersions,
} from '@aws-sdk/client-iam';
import { boundaryName } from '../../../../../stacks/lab-definition.ts';
import { bearsBoth, found, mayBeNamed } from '../ownership.ts';
import type { Found, Sweeper } from '../sweeper.ts';

/**
 * CloudFormation tags none, so those of a lab hold both keys in their names. One that a role or user of others still has stays, and is told: taking it from them would change what is not
 * ours.
 */
export const policies: Sweeper = {
  type: 'policy',
  dependsOn: ['user', 'role'],
  async find({ iam }, { lab }) {
    const pages = await Array.fromAsync(paginateListPolicies({ client: iam }, { Scope: 'Local' }));
    const ours: Found[] = [];
    for (const { PolicyName, Arn: PolicyArn } of pages.flatMap(({ Policies = [] }) => Policies)) {
      if (!mayBeNamed(PolicyName, lab)) continue;
      const { Tags } = await iam.send(new ListPolicyTagsCommand({ PolicyArn }));
      if (PolicyName === boundaryName(lab) || bearsBoth(Tags, lab)) ours.push(found('policy', PolicyArn, PolicyName));
    }
    return ours;
  },
  async remove({ iam }, { id: PolicyArn }) {
    for await (const { Versions = [] } of paginateListPolicyVersions({ client: iam }, { PolicyArn })) {
      for (const { VersionId, IsDefaultVersion } of Versions) {
        if (IsDefaultVersion !== true) await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId }));
      }
    }
    await iam.send(new DeletePolicyCommand({ PolicyArn }));
  },
};

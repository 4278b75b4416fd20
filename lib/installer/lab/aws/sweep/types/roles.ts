import {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  ListRoleTagsCommand,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import { bearsBoth, found, mayBeNamed } from '../ownership.ts';
import type { Found, Sweeper } from '../sweeper.ts';

/** Lists of roles tell no tags: those named as a lab's are asked for theirs, which decide. */
export const roles: Sweeper = {
  type: 'role',
  dependsOn: ['instance profile'],
  async find({ iam }, { lab }) {
    const pages = await Array.fromAsync(paginateListRoles({ client: iam }, {}));
    const ours: Found[] = [];
    for (const { RoleName } of pages.flatMap(({ Roles = [] }) => Roles)) {
      if (!mayBeNamed(RoleName, lab)) continue;
      const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName }));
      if (bearsBoth(Tags, lab)) ours.push(found('role', RoleName, ''));
    }
    return ours;
  },
  async remove({ iam }, { id: RoleName }) {
    for await (const { AttachedPolicies = [] } of paginateListAttachedRolePolicies({ client: iam }, { RoleName })) {
      for (const { PolicyArn } of AttachedPolicies) await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    }
    for await (const { PolicyNames = [] } of paginateListRolePolicies({ client: iam }, { RoleName })) {
      for (const PolicyName of PolicyNames) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    }
    await iam.send(new DeleteRoleCommand({ RoleName }));
  },
};

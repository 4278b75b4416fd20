import {
  DescribeSecurityGroupsCommand,
  paginateDescribeSecurityGroups,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from '@aws-sdk/client-ec2';
import { found, ownOrInside } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/**
 * Rules go before groups: groups that name each other keep each other from going. The default group of a VPC cannot be deleted, and may name
 * others, so it loses its rules too. Rules of groups that are neither ours nor inside of our VPCs stay: a group of ours that one of them names
 * stays with it, and is told.
 */
export const securityGroupRules: Sweeper = {
  type: 'rules of a security group',
  dependsOn: ['instance'],
  async find({ ec2 }, scope) {
    const list = async (Filters: object[]) => {
      const pages = await Array.fromAsync(paginateDescribeSecurityGroups({ client: ec2 }, { Filters }));
      return pages.flatMap(({ SecurityGroups = [] }) => SecurityGroups);
    };
    const all = await ownOrInside(scope, 'vpc-id', list, ({ GroupId }) => GroupId);
    return all
      .map((group) => ({ group, rules: (group.IpPermissions?.length ?? 0) + (group.IpPermissionsEgress?.length ?? 0) }))
      .filter(({ rules }) => rules > 0)
      .map(({ group, rules }) => found('rules of a security group', group.GroupId, `${group.GroupName}: ${rules}`, group.Tags));
  },
  async remove({ ec2 }, { id: GroupId }) {
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
    const { IpPermissions = [], IpPermissionsEgress = [] } = SecurityGroups[0] ?? {};
    if (IpPermissions.length > 0) await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    if (IpPermissionsEgress.length > 0) {
      await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: IpPermissionsEgress }));
    }
  },
};

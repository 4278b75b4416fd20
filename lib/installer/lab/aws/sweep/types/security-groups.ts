import { DeleteSecurityGroupCommand, paginateDescribeSecurityGroups } from '@aws-sdk/client-ec2';
import { found, ownOrInside } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/** The default group of a VPC goes with the VPC. */
export const securityGroups: Sweeper = {
  type: 'security group',
  dependsOn: ['instance', 'network interface', 'rules of a security group'],
  async find({ ec2 }, scope) {
    const list = async (Filters: object[]) => {
      const pages = await Array.fromAsync(paginateDescribeSecurityGroups({ client: ec2 }, { Filters }));
      return pages.flatMap(({ SecurityGroups = [] }) => SecurityGroups);
    };
    const all = await ownOrInside(scope, 'vpc-id', list, ({ GroupId }) => GroupId);
    return all
      .filter(({ GroupName }) => GroupName !== 'default')
      .map(({ GroupId, GroupName, Tags }) => found('security group', GroupId, GroupName, Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new DeleteSecurityGroupCommand({ GroupId: id })),
};

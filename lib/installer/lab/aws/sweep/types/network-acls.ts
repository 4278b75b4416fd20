import { DeleteNetworkAclCommand, paginateDescribeNetworkAcls } from '@aws-sdk/client-ec2';
import { found, nameOf, ownOrInside } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/** The default one of a VPC goes with the VPC; others when no subnet has them any more. */
export const networkAcls: Sweeper = {
  type: 'network ACL',
  dependsOn: ['subnet'],
  async find({ ec2 }, scope) {
    const list = async (Filters: object[]) => {
      const pages = await Array.fromAsync(paginateDescribeNetworkAcls({ client: ec2 }, { Filters }));
      return pages.flatMap(({ NetworkAcls = [] }) => NetworkAcls);
    };
    const all = await ownOrInside(scope, 'vpc-id', list, ({ NetworkAclId }) => NetworkAclId);
    return all
      .filter(({ IsDefault }) => IsDefault !== true)
      .map(({ NetworkAclId, Tags }) => found('network ACL', NetworkAclId, nameOf(Tags), Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new DeleteNetworkAclCommand({ NetworkAclId: id })),
};

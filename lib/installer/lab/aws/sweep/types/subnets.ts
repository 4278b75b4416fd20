import { DeleteSubnetCommand, paginateDescribeSubnets } from '@aws-sdk/client-ec2';
import { found, ownOrInside } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

export const subnets: Sweeper = {
  type: 'subnet',
  dependsOn: ['instance', 'NAT gateway', 'network interface', 'route table'],
  async find({ ec2 }, scope) {
    const list = async (Filters: object[]) => {
      const pages = await Array.fromAsync(paginateDescribeSubnets({ client: ec2 }, { Filters }));
      return pages.flatMap(({ Subnets = [] }) => Subnets);
    };
    const all = await ownOrInside(scope, 'vpc-id', list, ({ SubnetId }) => SubnetId);
    return all.map(({ SubnetId, CidrBlock, Tags }) => found('subnet', SubnetId, CidrBlock, Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new DeleteSubnetCommand({ SubnetId: id })),
};

import { DeleteNatGatewayCommand, paginateDescribeNatGateways } from '@aws-sdk/client-ec2';
import { found, ownOrInside } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/** A lab makes none; somebody may have, and they cost by the hour. */
export const natGateways: Sweeper = {
  type: 'NAT gateway',
  dependsOn: [],
  async find({ ec2 }, scope) {
    const list = async (Filter: object[]) => {
      const pages = await Array.fromAsync(paginateDescribeNatGateways({ client: ec2 }, { Filter }));
      return pages.flatMap(({ NatGateways = [] }) => NatGateways);
    };
    const all = await ownOrInside(scope, 'vpc-id', list, ({ NatGatewayId }) => NatGatewayId);
    return all
      .filter(({ State }) => State !== 'deleted')
      .map(({ NatGatewayId, State, Tags }) => found('NAT gateway', NatGatewayId, State, Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id })),
};

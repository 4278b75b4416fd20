import {
  DeleteRouteTableCommand,
  DescribeRouteTablesCommand,
  DisassociateRouteTableCommand,
  paginateDescribeRouteTables,
} from '@aws-sdk/client-ec2';
import { found, nameOf, ownOrInside } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/** The main one of a VPC goes with the VPC. */
export const routeTables: Sweeper = {
  type: 'route table',
  dependsOn: ['NAT gateway', 'VPC endpoint'],
  async find({ ec2 }, scope) {
    const list = async (Filters: object[]) => {
      const pages = await Array.fromAsync(paginateDescribeRouteTables({ client: ec2 }, { Filters }));
      return pages.flatMap(({ RouteTables = [] }) => RouteTables);
    };
    const all = await ownOrInside(scope, 'vpc-id', list, ({ RouteTableId }) => RouteTableId);
    return all
      .filter(({ Associations = [] }) => !Associations.some(({ Main }) => Main))
      .map(({ RouteTableId, Tags }) => found('route table', RouteTableId, nameOf(Tags), Tags));
  },
  async remove({ ec2 }, { id }) {
    const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [id] }));
    for (const { RouteTableAssociationId: AssociationId } of RouteTables[0]?.Associations ?? []) {
      await ec2.send(new DisassociateRouteTableCommand({ AssociationId }));
    }
    await ec2.send(new DeleteRouteTableCommand({ RouteTableId: id }));
  },
};

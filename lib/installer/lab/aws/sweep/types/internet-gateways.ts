import {
  DeleteInternetGatewayCommand,
  DescribeInternetGatewaysCommand,
  DetachInternetGatewayCommand,
  paginateDescribeInternetGateways,
} from '@aws-sdk/client-ec2';
import { found, nameOf, ownOrInside } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

export const internetGateways: Sweeper = {
  type: 'internet gateway',
  dependsOn: ['network interface', 'elastic address'],
  async find({ ec2 }, scope) {
    const list = async (Filters: object[]) => {
      const pages = await Array.fromAsync(paginateDescribeInternetGateways({ client: ec2 }, { Filters }));
      return pages.flatMap(({ InternetGateways = [] }) => InternetGateways);
    };
    const all = await ownOrInside(scope, 'attachment.vpc-id', list, ({ InternetGatewayId }) => InternetGatewayId);
    return all.map(({ InternetGatewayId, Tags }) => found('internet gateway', InternetGatewayId, nameOf(Tags), Tags));
  },
  async remove({ ec2 }, { id }, { vpcs }) {
    const { InternetGateways = [] } = await ec2.send(new DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] }));
    // Taken from our own VPCs only: at one of others it stays, and EC2 says so.
    const ours = (InternetGateways[0]?.Attachments ?? []).filter(({ VpcId = '' }) => vpcs.includes(VpcId));
    for (const { VpcId } of ours) await ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId }));
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId: id }));
  },
};

import {
  DeleteNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
  DetachNetworkInterfaceCommand,
  paginateDescribeNetworkInterfaces,
} from '@aws-sdk/client-ec2';
import { found, ownOrInside } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/**
 * Those that others left in a VPC of the lab's bear no tags, and keep its subnets from going. The first one of an instance goes with it, one
 * that a service manages goes with what it belongs to: until then EC2 refuses both.
 */
export const networkInterfaces: Sweeper = {
  type: 'network interface',
  dependsOn: ['instance', 'NAT gateway', 'VPC endpoint'],
  async find({ ec2 }, scope) {
    const list = async (Filters: object[]) => {
      const pages = await Array.fromAsync(paginateDescribeNetworkInterfaces({ client: ec2 }, { Filters }));
      return pages.flatMap(({ NetworkInterfaces = [] }) => NetworkInterfaces.map((each) => ({ ...each, Tags: each.TagSet })));
    };
    const all = await ownOrInside(scope, 'vpc-id', list, ({ NetworkInterfaceId }) => NetworkInterfaceId);
    return all.map(({ NetworkInterfaceId, Description, Status, Tags }) =>
      found('network interface', NetworkInterfaceId, `${Description ?? ''} ${Status ?? ''}`.trim(), Tags),
    );
  },
  async remove({ ec2 }, { id }) {
    const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }));
    const attachment = NetworkInterfaces[0]?.Attachment;
    if (attachment !== undefined && attachment.Status !== 'detaching' && attachment.DeviceIndex !== 0) {
      await ec2.send(new DetachNetworkInterfaceCommand({ AttachmentId: attachment.AttachmentId, Force: true }));
    }
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
  },
};

import { DeregisterImageCommand, paginateDescribeImages } from '@aws-sdk/client-ec2';
import { found, own } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/** Made of a host by hand, with the lab's tags. Its snapshots go with it, and bear no tags; those that another image stands on stay. */
export const images: Sweeper = {
  type: 'image',
  dependsOn: [],
  async find({ ec2 }, scope) {
    const all = await own(scope, async (Filters) => {
      const pages = await Array.fromAsync(paginateDescribeImages({ client: ec2 }, { Filters, Owners: ['self'] }));
      return pages.flatMap(({ Images = [] }) => Images);
    });
    return all.map(({ ImageId, Name, Tags }) => found('image', ImageId, Name, Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true })),
};

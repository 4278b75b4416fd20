import { DeleteSnapshotCommand, paginateDescribeSnapshots } from '@aws-sdk/client-ec2';
import { found, own } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

export const snapshots: Sweeper = {
  type: 'snapshot',
  dependsOn: ['image'],
  async find({ ec2 }, scope) {
    const all = await own(scope, async (Filters) => {
      const pages = await Array.fromAsync(paginateDescribeSnapshots({ client: ec2 }, { Filters, OwnerIds: ['self'] }));
      return pages.flatMap(({ Snapshots = [] }) => Snapshots);
    });
    return all.map(({ SnapshotId, VolumeId, Tags }) => found('snapshot', SnapshotId, `of ${VolumeId}`, Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new DeleteSnapshotCommand({ SnapshotId: id })),
};

import { DeleteVolumeCommand, paginateDescribeVolumes } from '@aws-sdk/client-ec2';
import { found, own } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

/** Only those with the lab's tags: a volume of others at one of our hosts holds their data. */
export const volumes: Sweeper = {
  type: 'volume',
  dependsOn: ['instance'],
  async find({ ec2 }, scope) {
    const all = await own(scope, async (Filters) => {
      const pages = await Array.fromAsync(paginateDescribeVolumes({ client: ec2 }, { Filters }));
      return pages.flatMap(({ Volumes = [] }) => Volumes);
    });
    return all.map(({ VolumeId, Size, State, Tags }) => found('volume', VolumeId, `${Size} GiB ${State}`, Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new DeleteVolumeCommand({ VolumeId: id })),
};

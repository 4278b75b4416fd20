import { DeleteKeyPairCommand, DescribeKeyPairsCommand } from '@aws-sdk/client-ec2';
import { found, own } from '../ownership.ts';
import type { Sweeper } from '../sweeper.ts';

export const keyPairs: Sweeper = {
  type: 'key pair',
  dependsOn: [],
  async find({ ec2 }, scope) {
    const all = await own(scope, async (Filters) => (await ec2.send(new DescribeKeyPairsCommand({ Filters }))).KeyPairs ?? []);
    return all.map(({ KeyPairId, KeyName, Tags }) => found('key pair', KeyPairId, KeyName, Tags));
  },
  remove: ({ ec2 }, { id }) => ec2.send(new DeleteKeyPairCommand({ KeyPairId: id })),
};

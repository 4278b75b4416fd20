import {
  DeleteInstanceProfileCommand,
  GetInstanceProfileCommand,
  ListRoleTagsCommand,
  paginateListInstanceProfiles,
  RemoveRoleFromInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { bearsBoth, found, mayBeNamed } from '../ownership.ts';
import type { Found, Sweeper } from '../sweeper.ts';

/** CloudFormation tags none: one is of the lab when it is named as such and the role in it is the lab's. So it goes before the role. */
export const instanceProfiles: Sweeper = {
  type: 'instance profile',
  dependsOn: ['instance'],
  async find({ iam }, { lab }) {
    const pages = await Array.fromAsync(paginateListInstanceProfiles({ client: iam }, {}));
    const ours: Found[] = [];
    for (const { InstanceProfileName, Roles = [] } of pages.flatMap(({ InstanceProfiles = [] }) => InstanceProfiles)) {
      if (!mayBeNamed(InstanceProfileName, lab)) continue;
      const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }));
      const tags = [InstanceProfile?.Tags];
      for (const { RoleName } of Roles) tags.push((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags);
      if (tags.some((each) => bearsBoth(each, lab))) ours.push(found('instance profile', InstanceProfileName, ''));
    }
    return ours;
  },
  async remove({ iam }, { id: InstanceProfileName }) {
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }));
    for (const { RoleName } of InstanceProfile?.Roles ?? []) {
      await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
    }
    await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
  },
};

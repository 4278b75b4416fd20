import {
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  type IAMClient,
  ListUserTagsCommand,
  paginateListAccessKeys,
  paginateListAttachedUserPolicies,
  paginateListGroupsForUser,
  paginateListMFADevices,
  paginateListUserPolicies,
  paginateListUsers,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import { isGone } from '../aws-answers.ts';
import { bearsBoth, found, mayBeNamed } from '../ownership.ts';
import type { Found, Sweeper } from '../sweeper.ts';

/** With their access keys and passwords. A lab makes none; an instructor may have, with its tags. */
export const users: Sweeper = {
  type: 'user',
  dependsOn: [],
  async find({ iam }, { lab }) {
    const pages = await Array.fromAsync(paginateListUsers({ client: iam }, {}));
    const ours: Found[] = [];
    for (const { UserName } of pages.flatMap(({ Users = [] }) => Users)) {
      if (!mayBeNamed(UserName, lab)) continue;
      const { Tags } = await iam.send(new ListUserTagsCommand({ UserName }));
      if (bearsBoth(Tags, lab)) ours.push(found('user', UserName, ''));
    }
    return ours;
  },
  async remove({ iam }, { id }) {
    await takeRights(iam, id);
    await iam.send(new DeleteUserCommand({ UserName: id }));
  },
};

/** Access first: a user that cannot be deleted can do nothing any more. */
async function takeRights(iam: IAMClient, UserName: string): Promise<void> {
  for await (const { AccessKeyMetadata = [] } of paginateListAccessKeys({ client: iam }, { UserName })) {
    for (const { AccessKeyId } of AccessKeyMetadata) await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  }
  await iam.send(new DeleteLoginProfileCommand({ UserName })).catch((error: unknown) => {
    if (!isGone(error)) throw error;
  });
  for await (const { MFADevices = [] } of paginateListMFADevices({ client: iam }, { UserName })) {
    for (const { SerialNumber } of MFADevices) await iam.send(new DeactivateMFADeviceCommand({ UserName, SerialNumber }));
  }
  for await (const { PolicyNames = [] } of paginateListUserPolicies({ client: iam }, { UserName })) {
    for (const PolicyName of PolicyNames) await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
  }
  for await (const { AttachedPolicies = [] } of paginateListAttachedUserPolicies({ client: iam }, { UserName })) {
    for (const { PolicyArn } of AttachedPolicies) await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
  }
  for await (const { Groups = [] } of paginateListGroupsForUser({ client: iam }, { UserName })) {
    for (const { GroupName } of Groups) await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
  }
}

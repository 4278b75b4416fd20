import {
  GetInstanceProfileCommand,
  ListPolicyTagsCommand,
  ListRoleTagsCommand,
  ListUserTagsCommand,
  paginateListInstanceProfiles,
  paginateListPolicies,
  paginateListRoles,
  paginateListUsers,
} from '@aws-sdk/client-iam';
import { labTags } from '../../../../stacks/lab-definition.ts';
import type { LabResource } from '../../provider.ts';
import type { LabIdentity } from '../lab-identity.ts';
import { all, isOurs, type Question, type Tags, tagsUnlessGone } from './question.ts';

/**
 * IAM lists tell no tags, and a list may be of thousands: only what is named as something of a lab is asked for its tags, which decide. The
 * name of the lab itself is not looked for: CloudFormation cuts long names.
 */
async function ours<Item>(
  type: string,
  items: readonly Item[],
  lab: LabIdentity,
  read: { name: (item: Item) => string; id: (item: Item) => string; tags: (item: Item) => Promise<Tags> },
): Promise<LabResource[]> {
  const left: LabResource[] = [];
  for (const item of items.filter((each) => read.name(each).startsWith('oo-lab-'))) {
    if (isOurs(await tagsUnlessGone(read.tags(item)), lab)) left.push({ type, id: read.id(item), detail: read.name(item) });
  }
  return left;
}

/** The same of IAM, whose resources have no region. */
export const iamQuestions: readonly Question[] = [
  {
    type: 'user',
    ask: async ({ iam }, lab) =>
      ours('user', await all(paginateListUsers({ client: iam }, {}), ({ Users }) => Users), lab, {
        name: ({ UserName }) => UserName ?? '',
        id: ({ Arn }) => Arn ?? '',
        tags: async ({ UserName }) => (await iam.send(new ListUserTagsCommand({ UserName }))).Tags,
      }),
  },
  {
    type: 'role',
    ask: async ({ iam }, lab) =>
      ours('role', await all(paginateListRoles({ client: iam }, {}), ({ Roles }) => Roles), lab, {
        name: ({ RoleName }) => RoleName ?? '',
        id: ({ Arn }) => Arn ?? '',
        tags: async ({ RoleName }) => (await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags,
      }),
  },
  {
    type: 'instance profile',
    ask: async ({ iam }, lab) =>
      ours(
        'instance profile',
        await all(paginateListInstanceProfiles({ client: iam }, {}), (page) => page.InstanceProfiles),
        lab,
        {
          name: ({ InstanceProfileName }) => InstanceProfileName ?? '',
          id: ({ Arn }) => Arn ?? '',
          // CloudFormation tags no profile: one is of the lab when a role in it is. The list tells no tags.
          tags: async ({ InstanceProfileName, Roles = [] }) => {
            const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName }));
            const roles = await Promise.all(Roles.map(({ RoleName }) => iam.send(new ListRoleTagsCommand({ RoleName }))));
            return [...(InstanceProfile?.Tags ?? []), ...roles.flatMap((answer) => answer.Tags ?? [])];
          },
        },
      ),
  },
  {
    type: 'policy',
    ask: async ({ iam }, lab) =>
      ours('policy', await all(paginateListPolicies({ client: iam }, { Scope: 'Local' }), ({ Policies }) => Policies), lab, {
        name: ({ PolicyName }) => PolicyName ?? '',
        id: ({ Arn }) => Arn ?? '',
        // CloudFormation tags no policy: both keys are in the name of one of its own.
        tags: async ({ Arn, PolicyName = '' }) => {
          const { Tags = [] } = await iam.send(new ListPolicyTagsCommand({ PolicyArn: Arn }));
          const named = PolicyName.startsWith(`oo-lab-${lab.name}-`) && PolicyName.endsWith(`-${lab.id}`);
          return named
            ? [
                { Key: labTags.lab, Value: lab.name },
                { Key: labTags.id, Value: lab.id },
              ]
            : Tags;
        },
      }),
  },
];

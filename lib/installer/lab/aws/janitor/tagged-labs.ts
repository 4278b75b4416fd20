import { paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import {
  DescribeAddressesCommand,
  paginateDescribeImages,
  paginateDescribeSnapshots,
  paginateDescribeVolumes,
  paginateDescribeVpcs,
} from '@aws-sdk/client-ec2';
import { labTags } from '../../../../stacks/lab-definition.ts';
import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';
import { isIdentity, type TagList, tagOf } from '../sweep/ownership.ts';

/** A lab as its tags tell of it. */
export interface TaggedLab {
  readonly lab: LabIdentity;
  /** ms since the epoch; undefined: no tag says it, or one says it in a form that cannot be read. */
  readonly expires: number | undefined;
  /** Whether somebody is making or changing one of its stacks just now. */
  readonly changing: boolean;
}

interface Tagged {
  readonly tags: TagList;
  readonly changing: boolean;
}

/**
 * Every lab that there is in the account and region, found by tags alone: by those of its stacks, or, where these are gone already, by those of
 * what they left in EC2. Anybody may have written tags: what is no identity is no lab.
 */
export async function taggedLabs(aws: AwsClients): Promise<readonly TaggedLab[]> {
  const stacks = byLab(await taggedStacks(aws));
  const rest = byLab(await taggedThings(aws));
  // A lab's stacks have the last word on its end: lab extend moves that, and CloudFormation hands it on to what they are made of.
  return [...new Map([...rest, ...stacks]).values()].map(({ lab, found }) => ({
    lab,
    expires: endOf(found.map(({ tags }) => tagOf(tags, labTags.expires))),
    changing: found.some(({ changing }) => changing),
  }));
}

function byLab(all: readonly Tagged[]): ReadonlyMap<string, { readonly lab: LabIdentity; readonly found: readonly Tagged[] }> {
  const labs = new Map<string, { readonly lab: LabIdentity; readonly found: Tagged[] }>();
  for (const each of all) {
    const lab = { name: tagOf(each.tags, labTags.lab) ?? '', id: tagOf(each.tags, labTags.id) ?? '' };
    if (!isIdentity(lab.name, lab.id)) continue;
    const key = keyOf(lab);
    labs.set(key, { lab, found: [...(labs.get(key)?.found ?? []), each] });
  }
  return labs;
}

/** Name and id together: labs put up one after the other may share the name. */
export const keyOf = ({ name, id }: LabIdentity): string => `${name} ${id}`;

/** The latest of the ends, since one may just be being moved; none when one of them cannot be read: whoever wrote it meant something else. */
function endOf(texts: readonly (string | undefined)[]): number | undefined {
  const times = texts.filter((text) => text !== undefined).map(timeOf);
  return times.length === 0 || times.some(Number.isNaN) ? undefined : Math.max(...times);
}

/** ISO 8601 in UTC, as the stacks have it; anything looser would be a guess at when to delete something. NaN: it is something else. */
function timeOf(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
}

async function taggedStacks({ cloudformation }: AwsClients): Promise<readonly Tagged[]> {
  const pages = await Array.fromAsync(paginateDescribeStacks({ client: cloudformation }, {}));
  return pages
    .flatMap(({ Stacks = [] }) => Stacks)
    .filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
    .map(({ Tags, StackStatus = '' }) => ({
      tags: Tags,
      // One whose change set nobody has carried out is in review for ever.
      changing: StackStatus.endsWith('_IN_PROGRESS') && !/^(DELETE|REVIEW)_/.test(StackStatus),
    }));
}

/** What costs, and what everything else is in. Asked for itself and not for its tags, which EC2 remembers of what is gone. */
async function taggedThings({ ec2: client }: AwsClients): Promise<readonly Tagged[]> {
  const Filters = [{ Name: 'tag-key', Values: [labTags.id] }];
  const things = await Promise.all([
    Array.fromAsync(paginateDescribeVpcs({ client }, { Filters }), ({ Vpcs = [] }) => Vpcs),
    Array.fromAsync(paginateDescribeVolumes({ client }, { Filters }), ({ Volumes = [] }) => Volumes),
    Array.fromAsync(paginateDescribeSnapshots({ client }, { Filters, OwnerIds: ['self'] }), ({ Snapshots = [] }) => Snapshots),
    Array.fromAsync(paginateDescribeImages({ client }, { Filters, Owners: ['self'] }), ({ Images = [] }) => Images),
    client.send(new DescribeAddressesCommand({ Filters })).then(({ Addresses = [] }) => [Addresses]),
  ]);
  return things.flat(2).map(({ Tags }) => ({ tags: Tags, changing: false }));
}

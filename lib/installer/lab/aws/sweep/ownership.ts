import type { Filter } from '@aws-sdk/client-ec2';
import { labTags } from '../../../../stacks/lab-definition.ts';
import type { LabIdentity } from '../lab-identity.ts';
import type { Found, LabScope } from './sweeper.ts';
import { sweepErrors } from './sweep-errors.ts';

/** Tags as most services give them. */
export type TagList = readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined;

/**
 * Refuses whatever is no name and id of a lab before anything is asked: EC2 takes `*` in a filter for any text, and an identity may come
 * out of tags that anybody can write.
 * @throws OoError LAB_IDENTITY_INVALID
 */
export function checkIdentity({ name, id }: LabIdentity): void {
  if (!isIdentity(name, id)) throw sweepErrors.LAB_IDENTITY_INVALID(name, id);
}

/** Whether a name and an id can be a lab's. */
export function isIdentity(name: string | undefined, id: string | undefined): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name ?? '') && /^[0-9a-f]{12}$/.test(id ?? '');
}

/** The value of a tag. */
export function tagOf(tags: TagList, key: string): string | undefined {
  return tags?.find(({ Key }) => Key === key)?.Value;
}

/** Whether both tags are this lab's: one alone, or another lab's of the same name, is not enough. */
export function bearsBoth(tags: TagList, { name, id }: LabIdentity): boolean {
  return tagOf(tags, labTags.lab) === name && tagOf(tags, labTags.id) === id;
}

function tagFilters({ name, id }: LabIdentity): Filter[] {
  return [
    { Name: `tag:${labTags.lab}`, Values: [name] },
    { Name: `tag:${labTags.id}`, Values: [id] },
  ];
}

interface Tagged {
  readonly Tags?: TagList;
}

/** What bears both tags. What the filters give is looked at once more. */
export async function own<Item extends Tagged>(
  { lab }: LabScope,
  list: (filters: Filter[]) => Promise<readonly Item[]>,
): Promise<Item[]> {
  return (await list(tagFilters(lab))).filter(({ Tags }) => bearsBoth(Tags, lab));
}

/** What bears both tags, and what is inside of the lab's own VPCs whoever made it there. `vpcFilter`: EC2's name for the VPC of such a thing. */
export async function ownOrInside<Item extends Tagged>(
  scope: LabScope,
  vpcFilter: string,
  list: (filters: Filter[]) => Promise<readonly Item[]>,
  idOf: (item: Item) => string | undefined,
): Promise<Item[]> {
  const inside = scope.vpcs.length === 0 ? [] : await list([{ Name: vpcFilter, Values: [...scope.vpcs] }]);
  return [...new Map([...(await own(scope, list)), ...inside].map((item) => [idOf(item), item])).values()];
}

/** A resource as the sweep knows it. */
export function found(type: string, id: string | undefined, detail: string | undefined, tags?: TagList): Found {
  return { type, id: id ?? '', detail: detail ?? '', stack: tagOf(tags, 'aws:cloudformation:stack-name') };
}

/** The tag of that name: what a person calls the thing. */
export function nameOf(tags: TagList): string {
  return tagOf(tags, 'Name') ?? '';
}

/** Whether a name can be of this lab's. CloudFormation cuts names of stacks after 24 characters where a name has a limit of 64; tags decide. */
export function mayBeNamed(name: string | undefined, { name: lab }: LabIdentity): boolean {
  return name?.startsWith(`oo-lab-${lab}`.slice(0, 20)) === true;
}

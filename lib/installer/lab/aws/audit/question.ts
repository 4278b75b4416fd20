import { labTags } from '../../../../stacks/lab-definition.ts';
import type { LabResource } from '../../provider.ts';
import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';

/** What an audit asks about one type of resource. Answers what is left of the lab; throws what the service answers. */
export interface Question {
  /** In the words of the console: `security group`. */
  readonly type: string;
  ask(aws: AwsClients, lab: LabIdentity): Promise<readonly LabResource[]>;
}

/** Tags as services give them: a list of pairs, in capitals or not, or a map. */
export type Tags =
  | readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[]
  | Readonly<Record<string, string>>
  | undefined;

/** Whether both tags are this lab's. */
export function isOurs(tags: Tags, lab: LabIdentity): boolean {
  const valueOf = (key: string): string | undefined => {
    if (tags === undefined) return undefined;
    if (!Array.isArray(tags)) return (tags as Readonly<Record<string, string>>)[key];
    return (tags as readonly { Key?: string; Value?: string }[]).find(({ Key }) => Key === key)?.Value;
  };
  return valueOf(labTags.lab) === lab.name && valueOf(labTags.id) === lab.id;
}

/** The tag of that name, or nothing: what a person calls the thing. */
export function nameOf(tags: Tags): string {
  const list = Array.isArray(tags) ? (tags as readonly { Key?: string; Value?: string }[]) : [];
  return list.find(({ Key }) => Key === 'Name')?.Value ?? '';
}

/** Everything of all pages. */
export async function all<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of pages) items.push(...(itemsOf(page) ?? []));
  return items;
}

/** The tags of one thing of a list; none when it has none, or when it has gone since the list was made: the answer is that it is not there. */
export async function tagsUnlessGone(answer: Promise<Tags>): Promise<Tags> {
  try {
    return await answer;
  } catch (error) {
    const gone = ['NoSuchEntityException', 'NoSuchTagSet', 'NoSuchBucket', 'ResourceNotFoundException', 'InvalidResourceId'];
    if (error instanceof Error && gone.includes(error.name)) return undefined;
    throw error;
  }
}

import type { EnvVar, GitRevision } from '../build-types.ts';

/** What a call from elsewhere says, once its words are understood. */
export type WebhookEvent =
  /** There is nothing to build; `warning` says why where that may surprise. */
  | { readonly build: false; readonly warning?: string }
  | {
      readonly build: true;
      readonly revision?: GitRevision;
      readonly env?: readonly EnvVar[];
      readonly buildArgs?: readonly EnvVar[];
      readonly warning?: string;
    };

/** A call, as the kinds of webhooks read it. */
export interface WebhookCall {
  /** One header, by its name in lower case; '' when it is not there. */
  header(name: string): string;
  readonly body: Buffer;
  /** The branch that the config builds. */
  readonly ref: string;
  /** Where the source is in git; undefined when it is not. */
  readonly uri: string | undefined;
  readonly allowEnv: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const asFields = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});
const LONGEST = 5_000;

/** A field behind these names, whatever the sender made of the ones before it. */
export const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((each, key) => (Object.hasOwn(asFields(each), key) ? asFields(each)[key] : undefined), value);

/** A string behind these names; '' for anything else. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found.slice(0, LONGEST) : '';
}

const branch = (ref: string): string => ref.replace(/^refs\/heads\//, '');

/** Whether the branch of an event is the one that is built. */
export const sameBranch = (event: string, configured: string): boolean => branch(event) === branch(configured);

/** The answer to a push to a branch that the config does not build. */
export const otherBranch = (event: string): WebhookEvent => ({
  build: false,
  warning: `skipping build. Branch reference from ${JSON.stringify(event)} does not match configuration`,
});

/** The commit of an event, with who made it. Without a commit that could be one there is no revision. */
export function revisionOf(
  commit: string,
  more: { author?: { name: string; email: string }; committer?: { name: string; email: string }; message?: string },
): { revision?: GitRevision } {
  if (!/^[0-9a-f]{7,64}$/i.test(commit)) return {};
  return { revision: { commit, ...more } };
}

export const person = (value: unknown): { name: string; email: string } => ({
  name: textAt(value, 'name') || textAt(value, 'username'),
  email: textAt(value, 'email'),
});

/** Forms of a thing by what they were made for; absent as long as there are none, which is for nearly everything. */
export type KeptForms<T> = readonly { readonly of: object; readonly form: T }[];

/** Versions of a kind whose forms are remembered. Most kinds have one. */
const MAX_FORMS = 4;

/** The form of that object, if it was made before. */
export const keptForm = <T>(forms: KeptForms<T> | undefined, of: object): T | undefined =>
  forms?.find((each) => each.of === of)?.form;

/** With one more; the oldest goes when there are too many. */
export const withForm = <T>(forms: KeptForms<T> | undefined, of: object, form: T): KeptForms<T> => [
  { of, form },
  ...(forms ?? []).slice(0, MAX_FORMS - 1),
];

/** The fields of an object, whatever it is. */
export type Fields = Record<string, unknown>;

/** Sets what an object of a type does not say, in place. */
export type Rule = (object: Fields) => void;

/** Rules by OpenAPI name. */
export type Rules = Readonly<Record<string, Rule>>;

/** Sets each absent field to a copy of its value. */
export const absent =
  (values: Fields): Rule =>
  (object) => {
    for (const key in values) if (object[key] === undefined) object[key] = structuredClone(values[key]);
  };

/** Sets numbers that are absent or zero, where Go has no pointer to tell the two apart. */
export const zeroOrAbsent =
  (values: Fields): Rule =>
  (object) => {
    for (const key in values) if (object[key] === undefined || object[key] === 0 || object[key] === '') object[key] = values[key];
  };

/** One rule after the other. */
export const all =
  (...rules: readonly Rule[]): Rule =>
  (object) => {
    for (const rule of rules) rule(object);
  };

/** An object that may be absent. */
export const asFields = (value: unknown): Fields => (value ?? {}) as Fields;

/** A list that may be absent. */
export const asList = (value: unknown): Fields[] => (value ?? []) as Fields[];

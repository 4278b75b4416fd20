import { defineErrors } from '../../common/errors.ts';

/** What can be wrong with a host's user data before any host is made. */
export const userDataErrors = defineErrors({
  USER_DATA_VALUE: {
    failure: 'usage',
    message: (value: string, why: string) => `${shown(value)} cannot be told to a host: ${why}`,
    hint: () => 'nothing was made; mend it in lab.yaml',
  },
  USER_DATA_INVALID: {
    failure: 'usage',
    message: (problems: string) => `a host cannot be set up so: ${problems}`,
    hint: () => 'nothing was made; mend it in lab.yaml',
  },
  USER_DATA_TOO_LARGE: {
    failure: 'usage',
    message: (size: number, limit: number) => `a host's user data is ${size} bytes when it is packed, and AWS takes ${limit}`,
    hint: () => 'nothing was made; name fewer starting images in lab.yaml',
  },
  /** A fault of ours, not of lab.yaml: it is found when the program begins, and by its tests. */
  TEMPLATE_UNSAFE: {
    failure: 'internal',
    message: (template: string, line: number, what: string) => `${template}:${line}: ${what}`,
    hint: () => 'this is a fault of oo-install: values stand in its templates only through the helper of their place',
  },
});

/** A value as an error shows it: on one line, not longer than one. */
function shown(value: string): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

import { z } from 'zod';
import { OoError } from '../../common/errors.ts';

/** A value that passes `is`; the message follows the value in what is told: `99999 is not a port`. */
export const field = <T>(is: (value: unknown) => boolean, message: string) => z.custom<T>((value) => is(value), message);
export const text = (is: (value: string) => boolean, message: string) =>
  field<string>((value) => typeof value === 'string' && value !== '' && is(value), message);
export const number = (from: number, to: number, what: string) =>
  field<number>((value) => Number.isInteger(value) && Number(value) >= from && Number(value) <= to, what);

/** A text as a flag takes it, refused in that flag's own words. They stand alone: the value may hold a secret. */
export const checked = (check: (value: string) => void) =>
  z.custom<string>().superRefine((value, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message, params: { whole: true } });
    if (typeof value !== 'string') return refuse('a text was expected');
    try {
      check(value);
    } catch (error) {
      if (!(error instanceof OoError)) throw error;
      refuse(error.hint === undefined ? error.message : `${error.message}; ${error.hint}`);
    }
  });

/** Whether a check that throws does not. */
export const passes = (check: () => void): boolean => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};
/** One, or a list of them. */
export const someOf = (is: (value: unknown) => boolean, message: string) =>
  field<string | readonly string[]>(
    (value) => is(value) || (Array.isArray(value) && value.length > 0 && value.every((one) => is(one))),
    message,
  );

import { regex } from '../library/regex.ts';
import type { Expr } from '../syntax/ast.ts';
import type { Issue } from '../syntax/issues.ts';
import { parseDuration, parseTimestamp } from '../values/time.ts';
import type { Checked } from './checked.ts';

/** Functions that take a text of a form, by their name: whether a literal has it (cel-go's ASTValidators). */
const FORMS: Readonly<Record<string, { readonly what: string; readonly fits: (text: string) => boolean }>> = {
  duration: { what: 'duration', fits: (text) => parseDuration(text) !== undefined },
  timestamp: { what: 'timestamp', fits: (text) => parseTimestamp(text) !== undefined },
  matches: { what: 'matches', fits: (text) => typeof regex(text) !== 'string' },
};

/** Literals that could only fail when they are evaluated. */
export function literalIssues({ calls }: Checked): Issue[] {
  const issues: Issue[] = [];
  for (const [call, { name }] of calls) {
    const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
    const literal: Expr | undefined = form === undefined ? undefined : call.args.at(-1);
    if (literal?.kind === 'const' && typeof literal.value === 'string' && !form!.fits(literal.value))
      issues.push({ at: literal.at, message: `invalid ${form!.what} argument` });
  }
  return issues;
}

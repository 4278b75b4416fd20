import { randomInt } from 'node:crypto';

/** Characters of `\w`; ranges are pieces of it. */
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';
const SIGNS = '~!@#$%^&*()-_+={}[]\\|<,>.?/"\';:`';

const ALPHABETS: Readonly<Record<string, string>> = {
  '\\w': LOWER + UPPER + DIGITS + SIGNS,
  '\\d': DIGITS,
  '\\a': LOWER + UPPER + DIGITS,
};

/** `[a-z0-9]{8}`: what the characters are taken from, and how many. */
const EXPRESSION = /\[([a-zA-Z0-9\-\\]+)\]\{(\d+)\}/g;
/** One member of the brackets: an escape, a range or a character. */
const MEMBER = /\\.|[a-zA-Z0-9]-[a-zA-Z0-9]|./g;
const LONGEST = 255;

/**
 * A random string by an expression: each `[CHARACTERS]{LENGTH}` in it becomes that many characters, everything else stays.
 * `test[0-9]{1}x` gives `test7x`. Characters are ranges (`a-z`), `\d` digits, `\a` letters and digits, `\w` signs too. Throws
 * an Error that names what is wrong; more than `most` random characters are. (OpenShift: templates, "Generating parameter values".)
 */
export function generateFromExpression(expression: string, most = Infinity): string {
  let left = most;
  return expression.replaceAll(EXPRESSION, (_all, members: string, length: string) => {
    const count = Number(length);
    if (count < 1 || count > LONGEST) throw new Error(`Range must be within [1-${LONGEST}] characters (${length})`);
    left -= count;
    if (left < 0) throw new Error(`more than ${most} characters are to be generated`);
    const alphabet = [...members.matchAll(MEMBER)].map(([member]) => charactersOf(member, members)).join('');
    let text = '';
    for (let i = 0; i < count; i++) text += alphabet[randomInt(alphabet.length)];
    return text;
  });
}

function charactersOf(member: string, members: string): string {
  const named = ALPHABETS[member];
  if (named !== undefined) return named;
  if (member.length === 1 && /[a-zA-Z0-9]/.test(member)) return member;
  const [, from, to] = /^(\w)-(\w)$/.exec(member) ?? [];
  if (from === undefined || to === undefined) throw new Error(`Malformed expresion syntax: [${members}]`);
  const all = [LOWER, UPPER, DIGITS].find((each) => each.includes(from) && each.includes(to) && from <= to);
  if (all === undefined) throw new Error(`Invalid range specified: ${from}-${to}`);
  return all.slice(all.indexOf(from), all.indexOf(to) + 1);
}

import { newBadRequest } from '../status-error.ts';
import { labelValue, qualifiedName } from '../validation/names.ts';
import { type LabelToken, lexLabelSelector } from './label-lexer.ts';

/** Tells whether an object's labels match. */
export type LabelMatcher = (labels: Readonly<Record<string, string>> | undefined) => boolean;

/** meta/v1 LabelSelector. */
export interface LabelSelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/**
 * Parses the text form of a label selector (`a=b,c!=d,e in (f,g),h,!i,n>1`). An empty text matches everything.
 * Throws a StatusError (BadRequest) with Kubernetes' own text.
 */
export function parseLabelSelector(text: string): LabelMatcher {
  const requirements = new Parser(lexLabelSelector(text)).requirements();
  return (labels) => requirements.every((requirement) => matches(requirement, labels ?? {}));
}

/** The object form. Absent matches nothing, empty matches everything, as in LabelSelectorAsSelector. */
export function labelSelectorMatcher(selector: LabelSelectorObject | undefined): LabelMatcher {
  if (selector === undefined) return () => false;
  const requirements: Requirement[] = [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, operator: 'in' as const, values: [value] })),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => ({
      key,
      operator: operatorOf(operator),
      values,
    })),
  ];
  return (labels) => requirements.every((requirement) => matches(requirement, labels ?? {}));
}

/** A plain map of labels that must all be there (services, replication controllers). Empty matches everything. */
export function labelSetMatcher(set: Readonly<Record<string, string>>): LabelMatcher {
  const wanted = Object.entries(set);
  return (labels) => wanted.every(([key, value]) => labels !== undefined && Object.hasOwn(labels, key) && labels[key] === value);
}

/** `a=b,c=d`, sorted: how a set is written in columns and in scale. */
export function labelSetText(set: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(set ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',');
}

type Operator = 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt';

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

function operatorOf(operator: string): Operator {
  const known: Readonly<Record<string, Operator>> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };
  if (!Object.hasOwn(known, operator)) throw newBadRequest(`"${operator}" is not a valid label selector operator`);
  return known[operator]!;
}

function matches({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    default: {
      if (value === undefined || !/^[-+]?\d+$/.test(value)) return false;
      const [left, right] = [BigInt(value), BigInt(values[0]!)];
      return operator === 'gt' ? left > right : left < right;
    }
  }
}

/** apimachinery's pkg/labels grammar and error texts. */
class Parser {
  readonly #tokens: readonly LabelToken[];
  #at = 0;

  constructor(tokens: readonly LabelToken[]) {
    this.#tokens = tokens;
  }

  requirements(): Requirement[] {
    const found: Requirement[] = [];
    for (;;) {
      const next = this.#peek();
      if (next.kind === 'end') return found;
      if (!startsRequirement(next)) throw newBadRequest(`found '${next.text}', expected: !, identifier, or 'end of string'`);
      found.push(this.#requirement());
      const separator = this.#next();
      if (separator.kind === 'end') return found;
      if (separator.text !== ',') throw newBadRequest(`found '${separator.text}', expected: ',' or 'end of string'`);
      if (!startsRequirement(this.#peek())) throw newBadRequest(`found '${this.#peek().text}', expected: identifier after ','`);
    }
  }

  #requirement(): Requirement {
    const negated = this.#peek().text === '!' && this.#next() !== undefined;
    const key = this.#next();
    if (key.kind !== 'word') throw cannotParse(`found '${key.text}', expected: identifier`);
    const [problem] = qualifiedName(key.text);
    if (problem !== undefined)
      throw cannotParse(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${qualifiedName(key.text).join('; ')}`);
    const next = this.#peek();
    if (negated) return { key: key.text, operator: '!', values: [] };
    if (next.kind === 'end' || next.text === ',') return { key: key.text, operator: 'exists', values: [] };
    return checkValues(this.#comparison(key.text));
  }

  #comparison(key: string): Requirement {
    const operator = this.#next();
    switch (operator.text) {
      case 'in':
      case 'notin':
        return { key, operator: operator.text, values: this.#values() };
      case '=':
      case '==':
        return { key, operator: 'in', values: [this.#exactValue()] };
      case '!=':
        return { key, operator: 'notin', values: [this.#exactValue()] };
      case '>':
      case '<':
        return { key, operator: operator.text === '>' ? 'gt' : 'lt', values: [this.#exactValue()] };
      default:
        throw cannotParse(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #exactValue(): string {
    const next = this.#peek();
    if (next.kind === 'end' || next.text === ',') return '';
    const value = this.#next();
    if (value.kind !== 'word') throw cannotParse(`found '${value.text}', expected: identifier`);
    return value.text;
  }

  /** `(a,b)`; a comma with nothing before or behind it stands for the empty value. */
  #values(): string[] {
    const open = this.#next();
    if (open.text !== '(') throw cannotParse(`found '${open.text}' expected: '('`);
    const values: string[] = [];
    for (let wantsValue = true; ;) {
      const token = this.#next();
      if (token.kind === 'word') {
        if (!wantsValue) throw cannotParse(`found '${token.text}', expected: ',' or ')'`);
        values.push(token.text);
        wantsValue = false;
      } else if (token.text === ',' || token.text === ')') {
        if (wantsValue) values.push('');
        wantsValue = true;
        if (token.text === ')') return values;
      } else throw cannotParse(`found '${token.text}', expected: ${wantsValue ? "',', or identifier" : "',' or ')'"}`);
    }
  }

  #peek(): LabelToken {
    return this.#tokens[this.#at]!;
  }

  #next(): LabelToken {
    const token = this.#tokens[this.#at]!;
    if (token.kind !== 'end') this.#at++;
    return token;
  }
}

const startsRequirement = (token: LabelToken): boolean => token.kind === 'word' || token.text === '!';

const cannotParse = (text: string): Error => newBadRequest(`unable to parse requirement: ${text}`);

function checkValues(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  if (operator === 'gt' || operator === 'lt') {
    if (!/^[-+]?\d+$/.test(values[0]!))
      throw cannotParse(
        `values[0]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
  } else {
    for (const [i, value] of values.entries()) {
      const found = labelValue(value);
      if (found.length > 0)
        throw cannotParse(`values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${found.join('; ')}`);
    }
  }
  return requirement;
}

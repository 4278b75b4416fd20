import { parseTimestamp } from '../../../cel/values/time.ts';
import { fn, type FunctionDeclaration } from '../../../cel/types/declarations.ts';
import { ArrayList } from '../../../cel/values/list.ts';
import { NONE, OpaqueValue, OptionalValue, type Value } from '../../../cel/values/value.ts';
import { dns1035Label, dns1123Label, dns1123Subdomain, labelValue, nameProblems, qualifiedName } from '../../validation/names.ts';

type Check = (text: string) => readonly string[];

/** A form that texts may have, by its name. */
class FormatValue extends OpaqueValue {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly name: string;
  readonly check: Check;

  constructor(name: string, check: Check) {
    super();
    [this.name, this.check] = [name, check];
  }
  equals(other: OpaqueValue): boolean {
    return other instanceof FormatValue && other.name === this.name;
  }
}

const unless =
  (holds: (text: string) => boolean, problem: string): Check =>
  (text) =>
    holds(text) ? [] : [problem];
const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined;
const isUri = (text: string): boolean => /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\//.test(text) && !/\s/.test(text);

const CHECKS: Readonly<Record<string, Check>> = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName,
  dns1123LabelPrefix: (text) => nameProblems('label', text, true),
  dns1123SubdomainPrefix: (text) => nameProblems('subdomain', text, true),
  dns1035LabelPrefix: (text) => nameProblems('label1035', text, true),
  labelValue,
  uri: unless(isUri, 'invalid URI'),
  uuid: unless((text) => /^[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}$/.test(text), 'does not match the UUID format'),
  byte: unless((text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text), 'invalid base64'),
  date: unless(isDate, 'invalid date'),
  datetime: unless((text) => parseTimestamp(text) !== undefined, 'invalid datetime'),
};

const FORMATS = new Map(Object.entries(CHECKS).map(([name, check]) => [name, new FormatValue(name, check)]));

function validate(_frame: unknown, { check }: FormatValue, text: string): Value {
  const problems = check(text);
  return problems.length === 0 ? NONE : new OptionalValue(new ArrayList([...problems]));
}

/** Forms by their names (apiserver/pkg/cel/library/format.go). */
export const NAMED_FORMATS: readonly FunctionDeclaration[] = [
  ...[...FORMATS].map(([name, format]) => fn(`format.${name}(): kubernetes.NamedFormat`, () => format)),
  fn('format.named(string): optional(kubernetes.NamedFormat)', (_frame, name: string) => {
    const format = FORMATS.get(name);
    return format === undefined ? NONE : new OptionalValue(format);
  }),
  fn('<kubernetes.NamedFormat>.validate(string): optional(list(string))', validate, (_format: Value, text: string) =>
    Math.max(1, text.length),
  ),
];

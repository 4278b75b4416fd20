/**
 * Name formats. Each function gives what is wrong, in the words of apimachinery's pkg/util/validation; an empty list
 * means that the value is fine.
 */
const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';

interface Format {
  readonly text: string;
  readonly pattern: string;
  readonly whole: RegExp;
  readonly maximum: number;
  readonly examples: readonly string[];
}

const format = (text: string, pattern: string, maximum: number, ...examples: string[]): Format => ({
  text,
  pattern,
  whole: new RegExp(`^(?:${pattern})$`),
  maximum,
  examples,
});

const formats = {
  label: format(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    LABEL,
    63,
    'my-name',
    '123-abc',
  ),
  subdomain: format(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    SUBDOMAIN,
    253,
    'example.com',
  ),
  label1035: format(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    LABEL_1035,
    63,
    'my-name',
    'abc-123',
  ),
  wildcard: format(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    `\\*\\.${SUBDOMAIN}`,
    253,
    '*.example.com',
  ),
  qualified: format(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    QUALIFIED,
    63,
    'MyName',
    'my.name',
    '123-abc',
  ),
  labelValue: format(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    `(${QUALIFIED})?`,
    63,
    'MyValue',
    'my_value',
    '12345',
  ),
  configKey: format(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    CONFIG_KEY,
    253,
    'key.name',
    'KEY_NAME',
    'key-name',
  ),
} as const;

function problems(of: Format, value: string): string[] {
  const found = value.length > of.maximum ? [`must be no more than ${of.maximum} characters`] : [];
  // Nothing so long is worth the regular expression's time.
  if (value.length > 4 * of.maximum || !of.whole.test(value)) found.push(regexText(of));
  return found;
}

/** The two spaces before `or` are in Kubernetes' text too. */
const regexText = (of: Format): string =>
  `${of.text} (e.g. ${of.examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${of.pattern}')`;

/** What is wrong with a name of each of these forms, in apimachinery's words; nothing when it is one. */
export const dns1123Label = (value: string): string[] => problems(formats.label, value);
export const dns1123Subdomain = (value: string): string[] => problems(formats.subdomain, value);
export const wildcardSubdomain = (value: string): string[] => problems(formats.wildcard, value);
export const dns1035Label = (value: string): string[] => problems(formats.label1035, value);
export const labelValue = (value: string): string[] => problems(formats.labelValue, value);

/** Names that are one segment of a URL path (roles, bindings), and such that every store can keep them apart: UTF-8 without NUL. */
export function pathSegment(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  const found = ['/', '%'].filter((bad) => value.includes(bad)).map((bad) => `may not contain '${bad}'`);
  if (value.includes('\0')) found.push(String.raw`may not contain '\x00'`);
  if (!value.isWellFormed()) found.push('must be valid Unicode');
  return found;
}

/** Keys of labels, annotations and node selectors: an optional subdomain and a slash, then a name. */
export function qualifiedName(value: string): string[] {
  const parts = value.split('/');
  const found: string[] = [];
  if (parts.length > 2)
    return [
      `a qualified name ${regexText(formats.qualified)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const name = parts.at(-1)!;
  if (parts.length === 2) {
    if (parts[0] === '') found.push('prefix part must be non-empty');
    else found.push(...dns1123Subdomain(parts[0]!).map((text) => `prefix part ${text}`));
  }
  if (name === '') found.push('name part must be non-empty');
  found.push(...problems(formats.qualified, name).map((text) => `name part ${text}`));
  return found;
}

/** Keys of config maps and secrets, which become file names. */
export function configKey(value: string): string[] {
  const found = problems(formats.configKey, value);
  if (value === '.' || value === '..') found.push(`must not be '${value}'`);
  else if (value.startsWith('..')) found.push("must not start with '..'");
  return found;
}

/** What a variable may be called (Kubernetes 1.32, RelaxedEnvironmentVariableValidation). */
export function envVarName(value: string): string[] {
  return /^[ -<>-~]+$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A port of TCP or UDP. */
export function portNumber(value: unknown): string[] {
  return typeof value === 'number' && value >= 1 && value <= 65535 ? [] : ['must be between 1 and 65535, inclusive'];
}

/** IANA service names: what a port may be called. */
export function portName(value: string): string[] {
  const found: string[] = [];
  if (value.length > 15) found.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(value)) found.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(value)) found.push('must contain at least one letter (a-z)');
  if (value.includes('--')) found.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) found.push('must not begin or end with a hyphen');
  return found;
}

/** A name's format by the word a definition uses for it. `prefix`: a generateName, whose end does not count. */
export function nameProblems(kind: 'subdomain' | 'label' | 'label1035' | 'path', name: string, prefix = false): string[] {
  // A prefix ends anywhere, so a dash at its end becomes any letter.
  const value = prefix && name.length > 1 && name.endsWith('-') ? `${name.slice(0, -1)}a` : name;
  const check = { subdomain: dns1123Subdomain, label: dns1123Label, label1035: dns1035Label, path: pathSegment }[kind];
  return check(value);
}

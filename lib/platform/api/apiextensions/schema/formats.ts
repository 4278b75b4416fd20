import { isIP, isIPv4, isIPv6 } from 'node:net';

const HEX4 = '[0-9a-f]';
const uuid = (version: string, variant = HEX4): RegExp =>
  new RegExp(`^${HEX4}{8}-?${HEX4}{4}-?${version}${HEX4}{3}-?${variant}${HEX4}{3}-?${HEX4}{12}$`, 'i');

const UUID = uuid(HEX4);
const UUID3 = uuid('3');
const UUID4 = uuid('4', '[89ab]');
const UUID5 = uuid('5', '[89ab]');
const HOSTNAME_LABEL = /^[A-Za-z0-9\u00a1-\uffff]([A-Za-z0-9\u00a1-\uffff-]*[A-Za-z0-9\u00a1-\uffff])?$/;
const CREDIT_CARD =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2}(?:\.\d+)?)(?:[Zz]|[+-](\d{2}):?(\d{2}))$/;
const GO_DURATION = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/;
const SCALA_DURATION =
  /^\d+\s*(?:nanoseconds?|nanos?|ns|microseconds?|micros?|us|µs|milliseconds?|millis?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const RGB = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/**
 * Formats that are checked, by their names without dashes (kube-openapi's strfmt.Default; the last two are newer). Others say something
 * to readers only. No expression here goes back over what it has read.
 */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: (text) => /^[0-9a-fA-F]{24}$/.test(text),
  uri: isUri,
  email: isEmail,
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: (text) => /^(?:[0-9a-fA-F]{2}([:-]))(?:[0-9a-fA-F]{2}\1){4}(?:(?:[0-9a-fA-F]{2}\1){2})?[0-9a-fA-F]{2}$/.test(text),
  uuid: (text) => UUID.test(text),
  uuid3: (text) => UUID3.test(text),
  uuid4: (text) => UUID4.test(text),
  uuid5: (text) => UUID5.test(text),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: (text) => CREDIT_CARD.test(text.replaceAll(/[^0-9]+/g, '')),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  rgbcolor: (text) =>
    RGB.exec(text)
      ?.slice(1)
      .every((part) => Number(part) <= 255) ?? false,
  byte: (text) => BASE64.test(text),
  password: () => true,
  date: (text) => isDate(DATE.exec(text)),
  duration: (text) => GO_DURATION.test(text) || SCALA_DURATION.test(text.toLowerCase()),
  datetime: isDateTime,
  k8sshortname: (text) => text.length <= 63 && DNS_LABEL.test(text),
  k8slongname: (text) => text.length <= 253 && text.split('.').every((part) => DNS_LABEL.test(part)),
};

/** Formats of numbers: the type says it all but for these. */
const NUMBER_FORMATS = new Set(['int32', 'int64', 'float', 'double']);

const nameOf = (format: string): string => format.replaceAll('-', '').toLowerCase();

/** Whether the format means something here. */
export const isKnownFormat = (format: string): boolean =>
  NUMBER_FORMATS.has(format) || format === 'int-or-string' || Object.hasOwn(FORMATS, nameOf(format));

/** Whether a text is of the format; formats that nobody knows take everything. */
export function isOfFormat(format: string, text: string): boolean {
  const name = nameOf(format);
  return !Object.hasOwn(FORMATS, name) || FORMATS[name]!(text);
}

function isUri(text: string): boolean {
  // As Go's ParseRequestURI: absolute, or a path.
  return text.startsWith('/') ? !/[\s]/.test(text) : /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) && URL.canParse(text);
}

function isEmail(text: string): boolean {
  const bare = /^[^<>]*<([^<>\s]+)>$/.exec(text)?.[1] ?? text;
  const at = bare.lastIndexOf('@');
  const [local, domain] = [bare.slice(0, Math.max(at, 0)), bare.slice(at + 1)];
  return (
    at > 0 && at < bare.length - 1 && !/[\s@,;:<>()[\]]/.test(local) && !/[\s@,;<>()]/.test(domain) && !/^\.|\.$|\.\./.test(local)
  );
}

function isHostname(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  return text.length <= 255 && name.split('.').every((label) => label.length <= 63 && HOSTNAME_LABEL.test(label));
}

function isCidr(text: string): boolean {
  const slash = text.indexOf('/');
  const [address, bits] = [text.slice(0, slash), text.slice(slash + 1)];
  return slash > 0 && isIP(address) !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv4(address) ? 32 : 128);
}

function isDate(parts: RegExpExecArray | null): boolean {
  if (parts === null) return false;
  const [year, month, day] = parts.slice(1, 4).map(Number) as [number, number, number];
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isDateTime(text: string): boolean {
  const parts = DATE_TIME.exec(text);
  if (parts === null || !isDate(parts)) return false;
  const [hour, minute, second] = parts.slice(4, 7).map(Number) as [number, number, number];
  return hour < 24 && minute < 60 && second < 61;
}

function isIsbn10(text: string): boolean {
  const digits = text.replaceAll(/[\s-]/g, '');
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  return [...digits].reduce((sum, digit, i) => sum + (10 - i) * (digit === 'X' ? 10 : Number(digit)), 0) % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replaceAll(/[\s-]/g, '');
  return (
    /^\d{13}$/.test(digits) && [...digits].reduce((sum, digit, i) => sum + Number(digit) * (i % 2 === 0 ? 1 : 3), 0) % 10 === 0
  );
}

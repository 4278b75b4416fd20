import { systemNames } from '../../common/system-names.ts';
import type { HostData } from './host-data.ts';
import { userDataErrors } from './user-data-errors.ts';

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** What useradd(8) of every distribution takes. */
const login = /^[a-z][-a-z0-9]{0,31}$/;
const publicKey = /^(ssh-ed25519|ecdsa-sha2-nistp\d{3}|ssh-rsa) [A-Za-z0-9+/]+={0,2}( [^\p{Cc}\u2028\u2029]*)?$/u;
const day = /^\d{4}-\d\d-\d\d$/;

/**
 * Refuses what would be well quoted and yet wrong: a second line in an authorized key is a second key, whatever the YAML around it says.
 * All that is wrong is told at once. @throws OoError USER_DATA_INVALID
 */
export function checkHostData(data: HostData): void {
  const { attendee, operator, dockerDevice, images = [], settings, install } = data;
  const rules: readonly (readonly [path: string, value: unknown, isGood: boolean, what: string])[] = [
    ['hostname', data.hostname, label.test(data.hostname), 'is no DNS label'],
    ['lab', data.lab, label.test(data.lab), 'is no DNS label'],
    ['expires', data.expires, isTime(data.expires), 'is no time of ISO 8601 in UTC'],
    ['attendee.name', attendee.name, login.test(attendee.name), 'is no login name'],
    ['attendee.publicKey', attendee.publicKey, publicKey.test(attendee.publicKey), 'is no public key of OpenSSH'],
    ['attendee.accountExpires', attendee.accountExpires, isDay(attendee.accountExpires), 'is no day YYYY-MM-DD'],
    ['attendee.name', attendee.name, !systemNames.has(attendee.name), 'is a name that hosts have already'],
    ['operator.name', operator.name, login.test(operator.name), 'is no login name'],
    ['operator.name', operator.name, !systemNames.has(operator.name), 'is a name that hosts have already'],
    ['operator.name', operator.name, operator.name !== attendee.name, 'is the attendee too'],
    ['operator.publicKey', operator.publicKey, publicKey.test(operator.publicKey), 'is no public key of OpenSSH'],
    ...images.map((image, index) => [`images[${index}]`, image, isImage(image), 'is no reference of an image'] as const),
  ];
  const optional: typeof rules = [
    ['dockerDevice', dockerDevice, /^\/dev\/[A-Za-z0-9/_-]{1,100}$/.test(dockerDevice ?? '/dev/none'), 'is no device below /dev'],
    ['settings.port', settings?.port, isPort(settings?.port ?? 8443), 'is not a port from 1 to 65535'],
    ['install.sha256', install?.sha256, /^[0-9a-f]{64}$/.test(install?.sha256 ?? '0'.repeat(64)), 'is no sha256'],
    ['install.bucket', install?.bucket, /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(install?.bucket ?? 'none'), 'is no bucket'],
    ['install.key', install?.key, /^[A-Za-z0-9][A-Za-z0-9/._-]{0,500}$/.test(install?.key ?? 'none'), 'is no key of an object'],
    ['install.region', install?.region, /^[a-z]{2}(-[a-z]+)+-\d$/.test(install?.region ?? 'us-east-1'), 'is no region'],
  ];
  const problems = [...rules, ...optional].filter(([, , isGood]) => !isGood);
  if (problems.length === 0) return;
  throw userDataErrors.USER_DATA_INVALID(problems.map(([path, value, , what]) => `${path}: ${shown(value)} ${what}`).join('; '));
}

const isDay = (value: string): boolean => day.test(value) && !Number.isNaN(Date.parse(value));
const isTime = (value: string): boolean => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value));
const isPort = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 65_535;
const isImage = (value: string): boolean => /^[a-z0-9][a-zA-Z0-9._:/@-]{0,254}$/.test(value);
const shown = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
};

import { isIP } from 'node:net';

/** `SHA256:...` of a host key, as ssh-keygen -l prints it. */
export const isFingerprint = (value: unknown) => typeof value === 'string' && /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(value);

/** 64 hexadecimal digits. */
export const isSha256 = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value);

/** RFC 1123: one part of a DNS name, in lower case. */
export const isDnsLabel = (value: string) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value);
export const isDnsName = (value: string) => value.length <= 253 && value.split('.').every(isDnsLabel);

/** A name or an address, as a certificate is for it: not one that is of an interface alone (`fe80::1%eth0`). */
export const isTlsSAN = (value: unknown) =>
  typeof value === 'string' && (isIP(value) === 0 ? isDnsName(value) : !value.includes('%'));

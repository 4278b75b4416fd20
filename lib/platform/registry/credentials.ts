/** What a client of the registry shows: a token of the platform. */
export interface Credentials {
  readonly token: string;
}

/** Out of an Authorization header: the password of Basic, whatever the name, or a bearer token. Undefined: there is none. */
export function credentialsOf(header: string | undefined): Credentials | undefined {
  if (header === undefined || header === '') return undefined;
  const [, scheme = '', value = ''] = /^(\w+) +(\S+)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { token: value };
  if (scheme.toLowerCase() !== 'basic') return { token: '' };
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { token: colon === -1 ? '' : text.slice(colon + 1) };
}

import { defineErrors } from '../../common/errors.ts';
import { registerSecret } from '../../common/secrets.ts';

/** What can be wrong with the proxies that are named. */
export const proxyErrors = defineErrors({
  PROXY_INVALID: {
    failure: 'usage',
    message: (text: string) => `${JSON.stringify(text)} is no address of a proxy`,
    hint: () => 'write http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT',
  },
  PROXY_PASSWORD_SHOWN: {
    failure: 'usage',
    message: () => 'a password in an argument is seen by everybody on this machine',
    hint: () => 'put the whole address into an environment variable, and name that: --https-proxy env:HTTPS_PROXY',
  },
  PROXY_PASSWORD_KEPT: {
    failure: 'usage',
    message: () => 'the address holds a password, which has no place in this file',
    hint: () => 'put the whole address into an environment variable, and name that: env:HTTPS_PROXY',
  },
  PROXY_EXCEPT_NOTHING: {
    failure: 'usage',
    message: () => 'hosts are excepted from a proxy, but no proxy is given',
    hint: () => 'give it too: --http-proxy, --https-proxy',
  },
  NO_PROXY_INVALID: {
    failure: 'usage',
    message: (text: string) => `${JSON.stringify(text)} is no list of hosts that are reached without a proxy`,
    hint: () => 'separate names, domains and networks by commas: .example.com,10.0.0.0/8',
  },
});

const fromEnvironment = /^env:([A-Za-z_][A-Za-z0-9_]*)$/;

/** An address as it is written in a file: its form alone, since the environment may be another when it is used. @throws OoError */
export function checkProxy(text: string): void {
  if (!fromEnvironment.test(text) && proxyUrl(text).password !== '') throw proxyErrors.PROXY_PASSWORD_KEPT();
}

/** An address as it is typed, or `env:NAME` for one out of the environment, where it may hold a password. @throws OoError */
export function parseProxy(text: string, env: Readonly<Record<string, string | undefined>> = process.env): string {
  const name = fromEnvironment.exec(text)?.[1];
  if (name === undefined) {
    const url = proxyUrl(text);
    if (url.password !== '') throw proxyErrors.PROXY_PASSWORD_SHOWN();
    return text;
  }
  const address = env[name] ?? '';
  const { password } = proxyUrl(address, text);
  for (const secret of [password, decodeURIComponent(password)]) registerSecret(secret);
  return address;
}

/** `shown`: what an error may name in place of an address that may hold a password. */
function proxyUrl(text: string, shown: string = text): URL {
  const url = /^[\u0021-\u007e]{1,2000}$/.test(text) ? URL.parse(text) : null;
  const hidden = shown.replace(/\/\/[^/@]*@/, '//...@');
  if (url === null || !/^(https?|socks5h?):$/.test(url.protocol) || !/^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])$/.test(url.hostname))
    throw proxyErrors.PROXY_INVALID(hidden);
  return url;
}

/** A list of hosts that are reached without a proxy. Throws an OoError for what is none. */
export function parseNoProxy(text: string): string {
  if (!/^[A-Za-z0-9.*:/[\],_-]{0,4000}$/.test(text)) throw proxyErrors.NO_PROXY_INVALID(text);
  return text;
}

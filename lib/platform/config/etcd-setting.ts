import { z } from 'zod';
import { absolutePath } from './setting-types.ts';

const etcdEndpoint = z.string().refine((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && (text === url.origin || text === `${url.origin}/`);
}, 'must be http://HOST:PORT or https://HOST:PORT, and nothing else');

/** `etcd` of the configuration: the members, and what they and we are known by (docs/etcd.md). */
export const etcdSetting = z
  .strictObject({
    endpoints: z
      .array(etcdEndpoint)
      .min(1)
      .max(9)
      .transform((urls) => [...new Set(urls.map((url) => new URL(url).origin))]),
    /** The authority of the members' certificates. @default those that Node trusts */
    caFile: absolutePath.optional(),
    /** What this platform shows the members. */
    certFile: absolutePath.optional(),
    keyFile: absolutePath.optional(),
    /** Every key lies below it. */
    prefix: z
      .string()
      .max(200)
      .regex(/^(\/[A-Za-z0-9_-]+)+$/, 'must be a path such as /openshift: slashes, letters, digits, - and _')
      .default('/openshift'),
  })
  .check(({ value: { endpoints, caFile, certFile, keyFile }, issues }) => {
    const problem = (path: string[], input: unknown, message: string): void =>
      void issues.push({ code: 'custom', input, path, message });
    if (certFile !== undefined && keyFile === undefined) problem(['keyFile'], keyFile, 'is missing beside certFile');
    if (keyFile !== undefined && certFile === undefined) problem(['certFile'], certFile, 'is missing beside keyFile');
    const plain = endpoints.findIndex((url) => url.startsWith('http:'));
    if (plain !== -1 && (caFile ?? certFile) !== undefined)
      problem(['endpoints', String(plain)], endpoints[plain], 'must begin with https: there are certificates for it');
  });

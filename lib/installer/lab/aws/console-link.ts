import type { Credentials } from '@aws-sdk/client-sts';
import { z } from 'zod';
import type { ProviderAccess } from '../provider.ts';

/** Credentials of STS, all of them there. */
export type SessionCredentials = { readonly [K in keyof Credentials]-?: NonNullable<Credentials[K]> };

export interface ConsoleLinkOptions {
  /** `aws`, `aws-cn`, `aws-us-gov` */
  readonly partition: string;
  readonly region: string;
  /** How long a browser stays logged in; undefined: as AWS decides, which lets nobody say so who was a role already. */
  readonly seconds: number | undefined;
  readonly signal: AbortSignal;
  /** What gives tokens for credentials. @default that of the partition */
  readonly url?: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html; those of the other partitions stand in their own guides. */
const partitions: Readonly<Record<string, { readonly signin: string; readonly console: string }>> = {
  aws: { signin: 'https://signin.aws.amazon.com/federation', console: 'https://console.aws.amazon.com' },
  'aws-cn': { signin: 'https://signin.amazonaws.cn/federation', console: 'https://console.amazonaws.cn' },
  'aws-us-gov': { signin: 'https://signin.amazonaws-us-gov.com/federation', console: 'https://console.amazonaws-us-gov.com' },
};
/** ms in which a link must be opened. */
const linkLasts = 15 * 60_000;
const answer = z.object({ SigninToken: z.string().min(1).max(20_000) });

/**
 * A link that logs a browser in to AWS' console with temporary credentials, at the list of instances. It is more than can be had everywhere: where it
 * cannot, a note says why, and the credentials are as good without it. The request bears them in its address, over TLS: it is told nowhere.
 */
export async function consoleLink(
  { AccessKeyId, SecretAccessKey, SessionToken }: SessionCredentials,
  { partition, region, seconds, signal, url }: ConsoleLinkOptions,
): Promise<Pick<ProviderAccess, 'console' | 'note'>> {
  const known = partitions[partition];
  if (known === undefined) return { note: `no link into the console is known for ${partition}` };
  const federation = url ?? known.signin;
  const session = JSON.stringify({ sessionId: AccessKeyId, sessionKey: SecretAccessKey, sessionToken: SessionToken });
  const asked = new URLSearchParams({
    Action: 'getSigninToken',
    ...(seconds === undefined ? {} : { SessionDuration: String(seconds) }),
    Session: session,
  });
  const began = Date.now();
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
    const response = await fetch(`${federation}?${asked}`, { signal: limit, redirect: 'error' });
    if (!response.ok) return { note: `no link into the console: ${new URL(federation).host} answers ${response.status}` };
    const { SigninToken } = answer.parse(await response.json());
    const login = new URLSearchParams({
      Action: 'login',
      Issuer: 'oo-install',
      Destination: `${known.console}/ec2/home?region=${region}#Instances:`,
      SigninToken,
    });
    return { console: { url: `${federation}?${login}`, until: new Date(began + linkLasts).toISOString() } };
  } catch (error) {
    signal.throwIfAborted();
    return { note: `no link into the console: ${new URL(federation).host} ${reasonOf(error)}` };
  }
}

/** Only names and codes: what else is in such an error may be the address, and the credentials in it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'does not answer';
  if (error.name === 'TimeoutError') return 'does not answer';
  if (error.name === 'ZodError' || error.name === 'SyntaxError') return 'answers something else';
  const { code } = (error.cause ?? error) as { code?: unknown };
  return typeof code === 'string' ? `cannot be reached (${code})` : 'cannot be reached';
}

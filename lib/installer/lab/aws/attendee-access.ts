import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { atOnce } from '../../../common/at-once.ts';
import { attendeeRoleName, attendeeSession, attendeeSessionName } from '../../../stacks/lab-definition.ts';
import { labErrors } from '../lab-errors.ts';
import type { AccessWanted, LabContext, ProviderAccess } from '../provider.ts';
import type { AwsAccount } from './account.ts';
import { consoleLink, type SessionCredentials } from './console-link.ts';
import { askAws } from './explain-aws.ts';
import type { AwsOptions } from './options.ts';

/** Roles that are asked for at once. */
const rolesAtOnce = 8;
/** Seconds: the least that STS gives, and the most for who is a role already (role chaining; whoever logged in by SSO is). */
const sessionLimits = { least: 900, chained: 3_600 } as const;

/**
 * Credentials of each attendee's own role, from STS. They end with the lab: what is left of them after it, the role's policy refuses.
 * @throws OoError LAB_OVER, and what explainAws makes: AWS_DENIED for sts:AssumeRole
 */
export async function giveAccess(
  where: AwsAccount,
  { lab, state, signal }: Pick<LabContext, 'lab' | 'state' | 'signal'>,
  wanted: AccessWanted,
  { signinUrl }: Pick<AwsOptions, 'signinUrl'>,
): Promise<readonly ProviderAccess[]> {
  const { account, region, caller, aws } = where;
  const partition = caller.split(':')[1] ?? 'aws';
  const isChained = /:(assumed-role|federated-user)\//.test(caller);
  const seconds = sessionSeconds(Date.parse(state.expires) - Date.now(), isChained);
  if (seconds === undefined) throw labErrors.LAB_OVER(lab.name, state.expires);
  return atOnce(rolesAtOnce, wanted.attendees, async (attendee): Promise<ProviderAccess> => {
    signal.throwIfAborted();
    const role = `arn:${partition}:iam::${account}:role/${attendeeRoleName(state, attendee)}`;
    const request = {
      RoleArn: role,
      RoleSessionName: attendeeSessionName(attendee),
      // The federation endpoint takes no credentials for which one who is a role already has said how long: an hour is what they last unasked.
      ...(seconds === sessionLimits.chained ? {} : { DurationSeconds: seconds }),
    };
    const doing = `get access to AWS for ${attendee} (the role ${attendeeRoleName(state, attendee)})`;
    const ask = () => aws.sts.send(new AssumeRoleCommand(request), { abortSignal: signal });
    const { Credentials: given } = await askAws(doing, region, ask, 'sts:AssumeRole');
    const credentials = given as SessionCredentials;
    const link = wanted.console
      ? await consoleLink(credentials, {
          partition,
          region,
          seconds: isChained ? undefined : seconds,
          signal,
          ...(signinUrl === undefined ? {} : { url: signinUrl }),
        })
      : {};
    return {
      attendee,
      role,
      expires: new Date(Math.min(credentials.Expiration.getTime(), Date.parse(state.expires))).toISOString(),
      environment: {
        AWS_ACCESS_KEY_ID: credentials.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.SecretAccessKey,
        AWS_SESSION_TOKEN: credentials.SessionToken,
        AWS_REGION: region,
        // What older programs read.
        AWS_DEFAULT_REGION: region,
      },
      ...link,
    };
  });
}

/** How long credentials are to last when so many ms are left of the lab; undefined when it is over. */
export function sessionSeconds(left: number, isChained: boolean): number | undefined {
  if (left <= 0) return undefined;
  const most = isChained ? sessionLimits.chained : attendeeSession;
  return Math.max(sessionLimits.least, Math.min(most, Math.floor(left / 1_000)));
}

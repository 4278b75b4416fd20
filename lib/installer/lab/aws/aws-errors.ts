import { defineErrors } from '../../../common/errors.ts';
import { printable } from '../../../common/printable.ts';

const again = 'then run the same command again: it goes on where it was';

/** What can go wrong with a lab on AWS, other than taking it away (sweep/sweep-errors.ts). */
export const awsErrors = defineErrors({
  AWS_NO_CREDENTIALS: {
    failure: 'connection',
    message: (why: string) => `no credentials for AWS were found: ${printable(why)}`,
    hint: () =>
      'log in (aws sso login), choose a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; docs/labs-on-aws.md has the steps',
  },
  AWS_CREDENTIALS_REFUSED: {
    failure: 'connection',
    message: (region: string, why: string) => `AWS in ${region} does not take these credentials: ${printable(why)}`,
    hint: () =>
      'check AWS_PROFILE and the keys; a region that the account has not switched on refuses everybody: choose another in aws.region',
  },
  AWS_CREDENTIALS_EXPIRED: {
    failure: 'connection',
    message: (doing: string) => `the credentials for AWS have ended while oo-install wanted to ${doing}`,
    hint: () => `log in again (aws sso login, or new temporary keys), ${again}`,
  },
  AWS_DENIED: {
    failure: 'preflight',
    message: (action: string, doing: string) => `${action} is not allowed to you: oo-install cannot ${doing}`,
    hint: (action: string) =>
      `ask whoever administers the account to allow ${action} (docs/labs-on-aws.md has the whole policy), ${again}`,
  },
  AWS_THROTTLED: {
    failure: 'connection',
    message: (doing: string, why: string) => `AWS is asked too often: oo-install could not ${doing}: ${printable(why)}`,
    hint: () => `somebody else in the account asks much; wait some minutes, ${again}`,
  },
  AWS_UNREACHABLE: {
    failure: 'connection',
    message: (region: string, why: string) => `AWS in ${region} cannot be reached: ${printable(why)}`,
    hint: () => 'check the network, the proxy (HTTPS_PROXY) and the name of the region (aws.region in lab.yaml, AWS_REGION)',
  },
  AWS_REFUSED: {
    failure: 'platform',
    message: (doing: string, why: string) => `AWS could not ${doing}: ${printable(why)}`,
    hint: () => `mend what AWS says, ${again}`,
  },
  AWS_REGION_MISSING: {
    failure: 'usage',
    message: () => 'nobody says in which region of AWS the lab is',
    hint: () => 'set aws.region in lab.yaml, AWS_REGION, or the region of your profile (aws configure set region eu-central-1)',
  },
  AWS_REGION_UNKNOWN: {
    failure: 'usage',
    message: (region: string, _usable: readonly string[]) => `${printable(region)} is no region that this account may use`,
    hint: (_region: string, usable: readonly string[]) =>
      `set aws.region in lab.yaml, or AWS_REGION${usable.length === 0 ? ', to one such as eu-central-1' : `; these are there: ${usable.join(', ')}`}`,
  },
  AWS_REGION_OFF: {
    failure: 'usage',
    message: (region: string, _usable: readonly string[]) => `the region ${printable(region)} is not switched on in this account`,
    hint: (region: string, usable: readonly string[]) =>
      `switch it on (aws account enable-region --region-name ${printable(region)}; it takes some minutes), or set aws.region in lab.yaml to one of ${usable.join(', ')}`,
  },
  LAB_ELSEWHERE: {
    failure: 'conflict',
    message: (name: string, there: string, here: string) => `the lab ${name} is in ${there}, and this would be ${here}`,
    hint: () =>
      'use the credentials and the region that it was put up with; to move it, take it away first (oo-install lab down), or give the new one another name',
  },
  LAB_NAME_IN_USE: {
    failure: 'conflict',
    message: (name: string, stack: string, owner: string) =>
      `the name ${name} is taken in this account and region: the stack ${stack} ${printable(owner)}`,
    hint: () => 'give the lab another name; what is there is not touched',
  },
  JANITOR_NAME_IN_USE: {
    failure: 'conflict',
    message: (stack: string, region: string) => `the stack ${stack} in ${region} is something else's: no janitor can be there`,
    hint: () =>
      'what is there is not touched; write aws.janitor: false into lab.yaml, and take the lab away yourself when its time is over',
  },
  LAB_IMAGE_UNFIT: {
    failure: 'usage',
    message: (image: string, why: string) => `the image ${printable(image)} cannot be used: ${printable(why)}`,
    hint: () =>
      'choose another aws.image, aws.instanceType or aws.rootDisk in lab.yaml; without aws.image the newest Amazon Linux 2023 is taken',
  },
  LAB_INSTANCE_TYPE_UNKNOWN: {
    failure: 'usage',
    message: (type: string, region: string) => `there is no instance type ${type} in ${region}`,
    hint: () => 'choose another aws.instanceType in lab.yaml, such as t3.medium',
  },
  LAB_OWN_ADDRESS_UNKNOWN: {
    failure: 'connection',
    message: (why: string) =>
      `nobody says who may reach the hosts, and this machine's own address is not known: ${printable(why)}`,
    hint: () => 'set access.ssh, access.api and access.apps in lab.yaml to IPv4 ranges such as 203.0.113.0/24',
  },
  LAB_NOT_DEPLOYED: {
    failure: 'conflict',
    message: (name: string) => `there is nothing of the lab ${name} on AWS`,
    hint: () => 'oo-install lab up puts it up',
  },
  LAB_STACK_FAILED: {
    failure: 'platform',
    message: (stack: string, reasons: readonly string[]) => `the stack ${stack} failed:\n${reasons.map(printable).join('\n')}`,
    hint: () => `mend what AWS says, ${again}; oo-install lab down takes all of it away`,
  },
  LAB_STACK_STUCK: {
    failure: 'platform',
    message: (stack: string, status: string) => `the stack ${stack} is ${status}, and stays so`,
    hint: () => 'look at its events in the console; oo-install lab down takes the lab away, whatever state it is in',
  },
  LAB_ARCHIVE_CORRUPT: {
    failure: 'platform',
    message: (object: string) => `${object} is not what was uploaded: S3 has another checksum for it`,
    hint: () => `nobody else may write to this bucket: look who did (CloudTrail), ${again}`,
  },
  LAB_HOSTS_SILENT: {
    failure: 'platform',
    message: (hosts: readonly string[]) => `these hosts do not come up:\n${hosts.map(printable).join('\n')}`,
    hint: () =>
      'look at the console of the instance (aws ec2 get-console-output --latest); a host that you terminate is made anew by the same command',
  },
});

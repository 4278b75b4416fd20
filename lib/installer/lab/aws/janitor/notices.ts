import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { LabIdentity } from '../lab-identity.ts';
import type { LabRecords } from './lab-records.ts';

/** Whoever wants to know what becomes of labs. */
export interface Notices {
  /** @param subject at most 100 characters of ASCII: SNS takes no more */
  tell(subject: string, message: string): Promise<void>;
}

/** By the topic of the janitor's stack to whom the account's owner chose, and in the log in any case. `topic`: its ARN; empty: the log alone. */
export function topicNotices(sns: SNSClient, topic: string, log: (line: object) => void): Notices {
  return {
    async tell(subject, message) {
      log({ message: 'notice', subject, text: message });
      if (topic !== '') await sns.send(new PublishCommand({ TopicArn: topic, Subject: subject, Message: message }));
    },
  };
}

export interface Notice {
  readonly about: 'ends soon' | 'does not go' | 'has no end';
  /** ISO 8601 in UTC; empty where there is none. A lab that was given more time is told of anew. */
  readonly expires: string;
  readonly message: string;
}

/** Tells it once. Should what was told not be kept, it is told again: rather twice than never. Answers whether it was told now. */
export async function tellOnce(
  records: LabRecords,
  notices: Notices,
  lab: LabIdentity,
  { about, expires, message }: Notice,
): Promise<boolean> {
  const what = `${about} ${expires}`.trim();
  const told = records.of(lab)?.told ?? [];
  if (told.includes(what)) return false;
  await notices.tell(`Lab ${lab.name} ${about}`, message);
  await records.remember(lab, { told: [...told, what] });
  return true;
}

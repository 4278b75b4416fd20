import { type CfnTopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';

/** Where the janitor tells of labs that are about to end; nothing is sent to it over plain HTTP. */
export function noticeTopic(scope: Construct, email?: string): Topic {
  const topic = new Topic(scope, 'Notices', { displayName: 'oo-install labs', enforceSSL: true });
  if (email !== undefined) {
    const made = topic.node.defaultChild as CfnTopic;
    made.subscription = [{ protocol: 'email', endpoint: email }];
  }
  return topic;
}

import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps, Tags } from 'aws-cdk-lib/core';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { janitorRole } from './constructs/janitor-role.ts';
import { noticeTopic } from './constructs/notice-topic.ts';
import { janitorTag } from './lab-definition.ts';

export interface JanitorStackProps extends StackProps {
  /** A folder with what the function runs: `index.mjs` that exports `handler`. */
  readonly code: string;
  /** Who is told by e-mail that a lab is about to end, and what was taken away. @default nobody: what is told is in the function's log */
  readonly notify?: string;
  /** How long before its end a lab's end is told. @default 1 hour */
  readonly noticeBefore?: Duration;
  /** How often it looks. @default every 10 minutes */
  readonly every?: Duration;
}

/**
 * Takes labs away whose time is over. It stands outside of every lab's stacks, so that it outlives what it deletes and tries again what
 * would not go: one for an account and region. It finds labs by their tags alone, and any run may be cut off or repeated.
 */
export class JanitorStack extends Stack {
  constructor(scope: Construct, id: string, props: JanitorStackProps) {
    super(scope, id, props);
    const { noticeBefore = Duration.hours(1), every = Duration.minutes(10) } = props;
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/oo-install/${id}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const topic = noticeTopic(this, props.notify);
    const janitor = new LambdaFunction(this, 'Function', {
      functionName: id,
      description: 'Takes oo-install labs away whose time is over',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: Code.fromAsset(props.code),
      role: janitorRole(this, { logGroup, topic }),
      logGroup,
      memorySize: 512,
      timeout: Duration.minutes(15),
      // What one run does not do, the next one does: a run that failed is not repeated at once.
      retryAttempts: 0,
      environment: {
        NOTICE_TOPIC: topic.topicArn,
        NOTICE_BEFORE_MINUTES: String(noticeBefore.toMinutes()),
      },
    });
    const starter = new Role(this, 'Starter', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
      inlinePolicies: {
        start: new PolicyDocument({
          statements: [new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [janitor.functionArn] })],
        }),
      },
    });
    new CfnSchedule(this, 'Schedule', {
      name: id,
      description: 'Has the janitor look for labs whose time is over',
      flexibleTimeWindow: { mode: 'OFF' },
      scheduleExpression: `rate(${every.toMinutes()} ${every.toMinutes() === 1 ? 'minute' : 'minutes'})`,
      // What one run does not do, the next one does: nothing is queued.
      target: { arn: janitor.functionArn, roleArn: starter.roleArn, retryPolicy: { maximumRetryAttempts: 0 } },
    });
    new CfnOutput(this, 'FunctionName', { value: janitor.functionName });
    // Whoever brings the janitor to a newer version asks here whom it tells.
    if (props.notify !== undefined) new CfnOutput(this, 'Notify', { value: props.notify });
    Tags.of(this).add(janitorTag, 'true');
  }
}

import { SNSClient } from '@aws-sdk/client-sns';
import { awsClients } from '../clients.ts';
import { janitorErrors } from './janitor-errors.ts';
import { type JanitorRun, runJanitor } from './janitor.ts';
import { topicNotices } from './notices.ts';

/** Of what Lambda hands over, what is used. */
interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** What is left of the time when no lab is worked on any more: to log, and to end in order. ms. */
const RESERVE = 30_000;

/**
 * What the janitor's stack runs on its schedule (lib/stacks/janitor-stack.ts, which sets NOTICE_TOPIC and NOTICE_BEFORE_MINUTES). Labs and their
 * ends are read from tags; the event says nothing. The answer is for whoever starts it by hand.
 * @throws OoError JANITOR_INCOMPLETE when everything possible was done and something failed: Lambda counts the run as an error
 */
export async function handler(_event: unknown, context: LambdaContext): Promise<JanitorRun> {
  const { AWS_REGION: region = '', NOTICE_TOPIC: topic = '', NOTICE_BEFORE_MINUTES: minutes = '60' } = process.env;
  const log = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  const run = await runJanitor(awsClients(region), {
    notices: topicNotices(new SNSClient({ region }), topic, log),
    noticeBefore: Number(minutes) * 60_000,
    signal: AbortSignal.timeout(Math.max(0, context.getRemainingTimeInMillis() - RESERVE)),
    log,
  });
  if (run.troubles.length > 0) throw janitorErrors.JANITOR_INCOMPLETE(run.troubles);
  return run;
}

import { systemClock } from '../../../../common/clock.ts';
import { type Backoff, backoffDelay } from '../../../../common/retry.ts';
import type { LabAudit, LabResource } from '../../provider.ts';
import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';
import { accountQuestions } from './account-questions.ts';
import { ec2Questions } from './ec2-questions.ts';
import { iamQuestions } from './iam-questions.ts';
import type { Question } from './question.ts';

export const questions: readonly Question[] = [...ec2Questions, ...iamQuestions, ...accountQuestions];

export interface AuditOptions {
  /** Ends the audit: it throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** How long what was found is asked for again before it is told to be left. ms. @default a minute and a half, ever more slowly */
  readonly patience?: { readonly timeout: number; readonly backoff: Backoff };
}

const usualPatience = { timeout: 90_000, backoff: { base: 3_000, cap: 20_000 } };

interface Answer {
  readonly type: string;
  readonly left: readonly LabResource[];
  readonly error?: string;
}

/**
 * Asks the account for every type of resource that a lab has or that could come to be in it. It shares no code with what takes them away, so
 * that one mistake cannot blind both. A question that is not answered makes the audit fail: nobody knows what it would have told.
 *
 * EC2 and IAM go on telling of what has just been deleted for a while, so a type with something left is asked for again, and what counts is the
 * last answer. What is made while the audit runs may escape it.
 */
export async function auditLab(aws: AwsClients, lab: LabIdentity, options: AuditOptions = {}): Promise<LabAudit> {
  const { patience = usualPatience, signal } = options;
  const answers = new Map<string, Answer>();
  let open = questions;
  const began = Date.now();
  for (let attempt = 0; ; attempt += 1) {
    const given = await Promise.all(open.map((question) => ask(question, aws, lab)));
    signal?.throwIfAborted();
    for (const answer of given) answers.set(answer.type, answer);
    open = questions.filter(({ type }) => answers.get(type)!.left.length > 0);
    const pause = backoffDelay(patience.backoff, attempt);
    if (open.length === 0 || Date.now() + pause - began > patience.timeout) break;
    await systemClock.sleep(pause, signal);
  }
  const all = [...answers.values()];
  const asked = all.flatMap(({ type, left, error }) => (error === undefined ? [{ type, left }] : []));
  const errors = all.flatMap(({ type, error }) => (error === undefined ? [] : [{ type, message: error }]));
  return { clean: errors.length === 0 && asked.every(({ left }) => left.length === 0), asked, errors };
}

async function ask({ type, ask: question }: Question, aws: AwsClients, lab: LabIdentity): Promise<Answer> {
  try {
    return { type, left: await question(aws, lab) };
  } catch (error) {
    return { type, left: [], error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

import { errorText } from '../../../../common/errors.ts';
import type { LabAudit, LabResource } from '../../provider.ts';
import type { AwsClients } from '../clients.ts';
import { accountQuestions } from './account-questions.ts';
import { ec2Questions } from './ec2-questions.ts';
import { iamQuestions } from './iam-questions.ts';
import type { LabIdentity, Question } from './question.ts';

export const questions: readonly Question[] = [...ec2Questions, ...iamQuestions, ...accountQuestions];

/**
 * Asks the account for every type of resource that a lab has or that could come to be in it. It shares no code with what takes them away, so
 * that one mistake cannot blind both. A question that is not answered makes the audit fail: nobody knows what it would have told.
 */
export async function auditLab(aws: AwsClients, lab: LabIdentity): Promise<LabAudit> {
  const asked: { type: string; left: readonly LabResource[] }[] = [];
  const errors: { type: string; message: string }[] = [];
  await Promise.all(
    questions.map(async ({ type, ask }) => {
      try {
        asked.push({ type, left: await ask(aws, lab) });
      } catch (error) {
        errors.push({ type, message: errorText(error) });
      }
    }),
  );
  return { clean: errors.length === 0 && asked.every(({ left }) => left.length === 0), asked, errors };
}

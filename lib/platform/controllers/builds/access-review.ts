import type { AccessAnswer, AccessQuestion } from '../../api/access-policy.ts';
import type { KubeObject } from '../../api/meta.ts';
import type { UserInfo } from '../../api/verbs.ts';
import type { Client } from '../../client/client.ts';
import { SUBJECT_ACCESS_REVIEWS } from '../resources.ts';

/** Asks the API what somebody may do (authorization.k8s.io/v1 SubjectAccessReview). */
export async function review(client: Client, user: UserInfo, question: AccessQuestion): Promise<AccessAnswer> {
  const { path: _path, ...resourceAttributes } = question;
  const asked = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: { user: user.name, groups: [...user.groups], resourceAttributes },
  };
  const answer = await client.create(SUBJECT_ACCESS_REVIEWS, asked as KubeObject);
  return { allowed: (answer['status'] as AccessAnswer | undefined)?.allowed === true };
}

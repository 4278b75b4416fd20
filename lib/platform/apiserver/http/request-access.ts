import type { IncomingMessage } from 'node:http';
import { newForbidden, newUnauthorized, type StatusError } from '../../api/status-error.ts';
import type { AuditRecord } from '../audit/auditor.ts';
import { ANONYMOUS, authenticate, type Authenticators } from '../auth/authenticator.ts';
import { type AuthorizationQuery, forbidden, isResourceQuery } from '../auth/authorizer.ts';
import { impersonated } from '../auth/impersonation.ts';
import { judgedLater } from '../kinds/resource-table.ts';
import type { ServerContext } from '../server-context.ts';
import { type ParsedRequest, questionOf } from './request-question.ts';

/** What is asked, and by whom, when they may. The audit log hears of each step. Rejects with 401 or 403. */
export async function authorizeRequest(
  server: ServerContext,
  authenticators: Authenticators,
  request: IncomingMessage,
  parsed: ParsedRequest,
  audit: AuditRecord | undefined,
): Promise<AuthorizationQuery> {
  const sender = await authenticate(request, authenticators);
  audit?.authenticated(sender);
  const user = impersonated(request, sender, server.authorizer);
  audit?.acting(user);
  const question = questionOf(request, parsed, user, server.table);
  const decision = server.authorizer.authorize(question);
  audit?.authorized(decision);
  if (decision.allowed) return question;
  // Who said nothing of themselves is asked who they are, and not told what they may not do. At the root clients look whether somebody
  // is there (oc login: HEAD /): Kubernetes says no more to them than that they may not.
  if (user === ANONYMOUS) throw parsed.path.path === '/' ? forbidden(question, decision.reason) : newUnauthorized();
  if (!judgedLater(server.table, question)) throw refusal(server, question, decision.reason);
  return question;
}

/** In the kind's own words where it has some. */
function refusal({ table, settings }: ServerContext, question: AuthorizationQuery, reason: string | undefined): StatusError {
  const text = isResourceQuery(question) && question.verb === 'create' ? table.find(question)?.refusal?.(settings) : undefined;
  return text === undefined || !isResourceQuery(question)
    ? forbidden(question, reason)
    : newForbidden({ group: question.group, resource: question.resource }, question.name ?? '', text);
}

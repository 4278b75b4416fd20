import { rfc3339 } from '../../../common/clock.ts';
import { newBadRequest, newMethodNotSupported } from '../../api/status-error.ts';
import type { ServiceAccountTokens } from '../auth/service-account-tokens.ts';
import type { Review } from '../kinds/reviews.ts';
import { decodeObject } from '../operations/decode-object.ts';
import { decodeBody } from './body-decoder.ts';
import { readBody } from './body-reader.ts';
import { negotiate } from './negotiation.ts';
import type { RequestContext } from './request-context.ts';
import { fieldValidation } from './request-options.ts';
import type { ResourceTarget } from './request-path.ts';
import { type Answer, answerJson } from './response.ts';

/** Answers a POST of a review with its status filled in. */
export async function handleReview(
  context: RequestContext,
  review: Review,
  target: ResourceTarget,
  tokens: ServiceAccountTokens,
): Promise<Answer> {
  const { request, query, server, user } = context;
  if (request.method !== 'POST' || target.name !== undefined)
    throw newMethodNotSupported({ group: review.group, resource: review.plural }, (request.method ?? '').toLowerCase());
  if (review.namespaced !== (target.namespace !== undefined)) throw newBadRequest('the path does not fit the scope of the kind');
  const output = negotiate(request.headers.accept, query, request.headers['user-agent'], false);
  const bytes = await readBody(request);
  const parsed = decodeBody(bytes, request.headers['content-type'], review.kind);
  const body = decodeObject(parsed, review, fieldValidation(query, 'CreateOptions'), context.warnings);
  const status = await review.status(body, { user, namespace: target.namespace, authorizer: server.authorizer, tokens });
  body.metadata.creationTimestamp ??= rfc3339(server.clock.now());
  return answerJson(201, Buffer.from(JSON.stringify({ ...body, status })), output);
}

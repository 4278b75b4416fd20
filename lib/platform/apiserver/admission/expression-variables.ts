import { NAMESPACE_TYPE, REQUEST_TYPE } from '../../api/expressions/admission-types.ts';
import { AuthorizerValue, type Ask } from '../../api/expressions/library/authorizers.ts';
import type { Activation } from '../../cel/runtime/frame.ts';
import { fromJson } from '../../cel/values/json.ts';
import type { Value } from '../../cel/values/value.ts';
import { type MatchedRequest, requestFields } from './matching/matched-request.ts';
import { namespaceOf } from './matching/request-matching.ts';

/** What the expressions of webhooks and policies read of a request. Each variable is made when it is first asked for. */
export function requestVariables(matched: MatchedRequest, ask: Ask): Activation {
  const values = new Map<string, Value | undefined>();
  return (name) => {
    if (!values.has(name)) values.set(name, read(name, matched, ask));
    return values.get(name);
  };
}

function read(name: string, matched: MatchedRequest, ask: Ask): Value | undefined {
  const { request, object, old } = matched;
  switch (name) {
    case 'object':
      return fromJson(object ?? null);
    case 'oldObject':
      return fromJson(old ?? null);
    case 'request':
      return fromJson(requestFields(matched), REQUEST_TYPE);
    case 'namespaceObject':
      return fromJson(namespaceOf(request) ?? null, NAMESPACE_TYPE);
    case 'authorizer':
      return new AuthorizerValue(ask, request.user);
    case 'authorizer.requestResource': {
      const { ref, served } = request;
      const { group, version, plural } = served;
      return new AuthorizerValue(ask, request.user).about({
        group,
        version,
        resource: plural,
        ...(ref.subresource === undefined ? {} : { subresource: ref.subresource }),
        ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
        ...(ref.name === undefined ? {} : { name: ref.name }),
      });
    }
    default:
      return undefined;
  }
}

import { fn, type FunctionDeclaration } from '../../../cel/types/declarations.ts';
import { opaque } from '../../../cel/types/type.ts';
import { CelError, OpaqueValue, type Value } from '../../../cel/values/value.ts';
import type { AccessAnswer, AccessQuestion } from '../../access-policy.ts';
import type { UserInfo } from '../../verbs.ts';
import { dns1123Label, dns1123Subdomain } from '../../validation/names.ts';

/** Answers at once: who may do what is known to the server. */
export type Ask = (user: UserInfo, question: AccessQuestion) => AccessAnswer;

export const AUTHORIZER = opaque('kubernetes.authorization.Authorizer');
export const RESOURCE_CHECK = opaque('kubernetes.authorization.ResourceCheck');

/** Values of this library are compared by identity: nothing says whether two checks are the same. */
abstract class Check extends OpaqueValue {
  equals(other: OpaqueValue): boolean {
    return other === this;
  }
}

/** The variable `authorizer`: asks on behalf of a user. */
export class AuthorizerValue extends Check {
  readonly typeName = AUTHORIZER.name;
  readonly ask: Ask;
  readonly user: UserInfo;

  constructor(ask: Ask, user: UserInfo) {
    super();
    [this.ask, this.user] = [ask, user];
  }

  /** A question about one resource, as the variable `authorizer.requestResource` is. */
  about(question: Omit<AccessQuestion, 'verb'>): OpaqueValue {
    return new ResourceCheck(this, question);
  }
}

class PathCheck extends Check {
  readonly typeName = 'kubernetes.authorization.PathCheck';
  readonly authorizer: AuthorizerValue;
  readonly path: string;
  constructor(authorizer: AuthorizerValue, path: string) {
    super();
    [this.authorizer, this.path] = [authorizer, path];
  }
}

class GroupCheck extends Check {
  readonly typeName = 'kubernetes.authorization.GroupCheck';
  readonly authorizer: AuthorizerValue;
  readonly group: string;
  constructor(authorizer: AuthorizerValue, group: string) {
    super();
    [this.authorizer, this.group] = [authorizer, group];
  }
}

class ResourceCheck extends Check {
  readonly typeName = RESOURCE_CHECK.name;
  readonly authorizer: AuthorizerValue;
  readonly question: Omit<AccessQuestion, 'verb'>;
  constructor(authorizer: AuthorizerValue, question: Omit<AccessQuestion, 'verb'>) {
    super();
    [this.authorizer, this.question] = [authorizer, question];
  }
}

class Decision extends Check {
  readonly typeName = 'kubernetes.authorization.Decision';
  readonly answer: AccessAnswer;
  constructor(answer: AccessAnswer) {
    super();
    this.answer = answer;
  }
}

/** So dear that an expression can afford two. */
const CHECK_COST = 350_000;
const check = ({ ask, user }: AuthorizerValue, question: AccessQuestion): Decision => new Decision(ask(user, question));

const unset = (text: string): string | undefined => (text === '' ? undefined : text);
const narrow = (name: 'subresource' | 'namespace' | 'name'): FunctionDeclaration =>
  fn(`<${RESOURCE_CHECK.name}>.${name}(string): ${RESOURCE_CHECK.name}`, (_frame, of: ResourceCheck, text: string) => {
    const { [name]: _before, ...rest } = of.question;
    const value = unset(text);
    return new ResourceCheck(of.authorizer, value === undefined ? rest : { ...rest, [name]: value });
  });

function serviceAccount({ ask }: AuthorizerValue, namespace: string, name: string): Value {
  const wrongName = dns1123Subdomain(name);
  if (wrongName.length > 0) return new CelError(`Invalid service account name`);
  if (dns1123Label(namespace).length > 0) return new CelError(`Invalid service account namespace`);
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return new AuthorizerValue(ask, { name: `system:serviceaccount:${namespace}:${name}`, groups });
}

const A = AUTHORIZER.name;
const DECISION = 'kubernetes.authorization.Decision';

/** Questions about rights (apiserver/pkg/cel/library/authz.go). No authorizer here goes by selectors, so those change nothing. */
export const AUTHORIZERS: readonly FunctionDeclaration[] = [
  fn(`<${A}>.path(string): kubernetes.authorization.PathCheck`, (_frame, authorizer: AuthorizerValue, path: string) =>
    path.trim() === '' ? new CelError('path must not be empty') : new PathCheck(authorizer, path),
  ),
  fn(
    `<${A}>.group(string): kubernetes.authorization.GroupCheck`,
    (_frame, authorizer: AuthorizerValue, group: string) => new GroupCheck(authorizer, group),
  ),
  fn(`<${A}>.serviceAccount(string, string): ${A}`, (_frame, authorizer: AuthorizerValue, namespace: string, name: string) =>
    serviceAccount(authorizer, namespace, name),
  ),
  fn(
    `<kubernetes.authorization.GroupCheck>.resource(string): ${RESOURCE_CHECK.name}`,
    (_frame, { authorizer, group }: GroupCheck, resource: string) =>
      resource.trim() === '' ? new CelError('resource must not be empty') : authorizer.about({ group, version: '*', resource }),
  ),
  narrow('subresource'),
  narrow('namespace'),
  narrow('name'),
  fn(`<${RESOURCE_CHECK.name}>.fieldSelector(string): ${RESOURCE_CHECK.name}`, (_frame, of: ResourceCheck) => of),
  fn(`<${RESOURCE_CHECK.name}>.labelSelector(string): ${RESOURCE_CHECK.name}`, (_frame, of: ResourceCheck) => of),
  fn(
    `<kubernetes.authorization.PathCheck>.check(string): ${DECISION}`,
    (_frame, { authorizer, path }: PathCheck, verb: string) => check(authorizer, { verb, path }),
    () => CHECK_COST,
  ),
  fn(
    `<${RESOURCE_CHECK.name}>.check(string): ${DECISION}`,
    (_frame, { authorizer, question }: ResourceCheck, verb: string) => check(authorizer, { ...question, verb }),
    () => CHECK_COST,
  ),
  fn(`<${DECISION}>.allowed(): bool`, (_frame, { answer }: Decision) => answer.allowed),
  fn(`<${DECISION}>.reason(): string`, (_frame, { answer }: Decision) => answer.reason ?? ''),
  fn(`<${DECISION}>.errored(): bool`, () => false),
  fn(`<${DECISION}>.error(): string`, () => ''),
];

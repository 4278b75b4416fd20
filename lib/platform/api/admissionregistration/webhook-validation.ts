import { DYN } from '../../cel/types/type.ts';
import { compileConditions } from '../expressions/admission-expressions.ts';
import type { LabelSelectorObject } from '../selectors/label-selector.ts';
import type { StatusCause } from '../status-error.ts';
import { duplicate, invalid, notSupported, required, tooMany } from '../validation/causes.ts';
import { validateLabelSelector } from '../validation/label-selector-validation.ts';
import { dns1123Label, dns1123Subdomain, portNumber, qualifiedName } from '../validation/names.ts';
import { validateRules } from './rule-validation.ts';

/** What the two kinds of webhooks have in common. */
export interface Webhook {
  readonly name?: string;
  readonly clientConfig?: {
    readonly url?: string;
    readonly service?: { readonly namespace?: string; readonly name?: string; readonly path?: string; readonly port?: number };
  };
  readonly rules?: readonly object[];
  readonly failurePolicy?: string;
  readonly matchPolicy?: string;
  readonly namespaceSelector?: LabelSelectorObject;
  readonly objectSelector?: LabelSelectorObject;
  readonly sideEffects?: string;
  readonly timeoutSeconds?: number;
  readonly admissionReviewVersions?: readonly string[];
  readonly matchConditions?: readonly { readonly name?: string; readonly expression?: string }[];
  readonly reinvocationPolicy?: string;
}

const REVIEW_VERSIONS = ['v1', 'v1beta1'];
const MAX_TIMEOUT = 30;
const MAX_CONDITIONS = 64;

/** spec of the webhooks of one configuration (pkg/apis/admissionregistration/validation). */
export function validateWebhooks(webhooks: readonly Webhook[]): StatusCause[] {
  const names = new Set<string>();
  return webhooks.flatMap((webhook, i) => {
    const path = `webhooks[${i}]`;
    const causes = validateWebhook(webhook, path);
    const { name = '' } = webhook;
    if (name !== '' && names.has(name)) causes.push(duplicate(`${path}.name`, name));
    names.add(name);
    return causes;
  });
}

function validateWebhook(webhook: Webhook, path: string): StatusCause[] {
  const { name = '', sideEffects, timeoutSeconds, reinvocationPolicy } = webhook;
  const causes = fullyQualifiedName(name, `${path}.name`);
  causes.push(
    ...validateReviewVersions(webhook.admissionReviewVersions ?? [], `${path}.admissionReviewVersions`),
    ...validateRules(webhook.rules ?? [], `${path}.rules`),
    ...choice(webhook.failurePolicy, ['Fail', 'Ignore'], `${path}.failurePolicy`),
    ...choice(webhook.matchPolicy, ['Equivalent', 'Exact'], `${path}.matchPolicy`),
  );
  if (sideEffects === undefined) causes.push(required(`${path}.sideEffects`, 'must specify one of None, NoneOnDryRun'));
  else causes.push(...choice(sideEffects, ['None', 'NoneOnDryRun'], `${path}.sideEffects`));
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > MAX_TIMEOUT))
    causes.push(
      invalid(`${path}.timeoutSeconds`, timeoutSeconds, `the timeout value must be between 1 and ${MAX_TIMEOUT} seconds`),
    );
  causes.push(
    ...validateLabelSelector(webhook.namespaceSelector, `${path}.namespaceSelector`),
    ...validateLabelSelector(webhook.objectSelector, `${path}.objectSelector`),
    ...validateClient(webhook.clientConfig ?? {}, `${path}.clientConfig`),
    ...choice(reinvocationPolicy, ['IfNeeded', 'Never'], `${path}.reinvocationPolicy`),
    ...validateMatchConditions(webhook.matchConditions ?? [], `${path}.matchConditions`),
  );
  return causes;
}

const choice = (value: string | undefined, values: readonly string[], path: string): StatusCause[] =>
  value === undefined || values.includes(value) ? [] : [notSupported(path, value, values)];

function fullyQualifiedName(name: string, path: string): StatusCause[] {
  if (name === '') return [required(path)];
  const causes = dns1123Subdomain(name).map((text) => invalid(path, name, text));
  if (causes.length === 0 && name.split('.').length < 3)
    causes.push(invalid(path, name, 'should be a domain with at least three segments separated by dots'));
  return causes;
}

function validateReviewVersions(versions: readonly string[], path: string): StatusCause[] {
  const one = `must specify one of ${REVIEW_VERSIONS.join(', ')}`;
  if (versions.length === 0) return [required(path, one)];
  const causes: StatusCause[] = [];
  for (const [i, version] of versions.entries()) {
    for (const text of dns1123Label(version)) causes.push(invalid(`${path}[${i}]`, version, text));
    if (versions.indexOf(version) < i) causes.push(invalid(`${path}[${i}]`, version, 'duplicate version'));
  }
  if (causes.length === 0 && !versions.some((version) => REVIEW_VERSIONS.includes(version)))
    causes.push(invalid(path, versions, `must include at least one of ${REVIEW_VERSIONS.join(', ')}`));
  return causes;
}

/** Where a webhook is: one of a URL and a service. */
export function validateClient({ url, service }: NonNullable<Webhook['clientConfig']>, path: string): StatusCause[] {
  if ((url === undefined) === (service === undefined)) return [required(path, 'exactly one of url or service is required')];
  if (url !== undefined) return validateUrl(url, `${path}.url`);
  const { namespace, name, path: where, port } = service!;
  const causes: StatusCause[] = [];
  if (!name) causes.push(required(`${path}.service.name`, 'service name is required'));
  if (!namespace) causes.push(required(`${path}.service.namespace`, 'service namespace is required'));
  if (port !== undefined && portNumber(port).length > 0)
    causes.push(invalid(`${path}.service.port`, port, `port is not valid: ${portNumber(port).join(',')}`));
  if (where !== undefined) causes.push(...validatePath(where, `${path}.service.path`));
  return causes;
}

function validatePath(where: string, path: string): StatusCause[] {
  if (where === '') return [];
  if (where === '/') return [];
  if (!where.startsWith('/')) return [invalid(path, where, "must start with a '/'")];
  const segments = where.slice(1).split('/');
  if (segments.at(-1) === '') segments.pop();
  return segments.flatMap((segment, i) =>
    segment === ''
      ? [invalid(path, where, `segment[${i}] may not be empty`)]
      : qualifiedName(segment).map((text) => invalid(path, where, `segment[${i}]: ${text}`)),
  );
}

const FORM = 'desired format: https://host[/path]';

function validateUrl(text: string, path: string): StatusCause[] {
  const url = URL.parse(text);
  if (url === null)
    return [required(path, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URI for request; ${FORM}`)];
  const causes: StatusCause[] = [];
  if (url.protocol !== 'https:')
    causes.push(invalid(path, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${FORM}`));
  if (url.hostname === '') causes.push(invalid(path, url.host, `host must be specified; ${FORM}`));
  if (url.username !== '' || url.password !== '')
    causes.push(invalid(path, url.username, `user information is not permitted in the URL; ${FORM}`));
  if (url.hash !== '') causes.push(invalid(path, url.hash.slice(1), `fragments are not permitted in the URL; ${FORM}`));
  if (url.search !== '')
    causes.push(invalid(path, url.search.slice(1), `query parameters are not permitted in the URL; ${FORM}`));
  return causes;
}

/** Names of conditions, and what they say. `params`: whether they may read parameters. */
export function validateMatchConditions(
  conditions: readonly { readonly name?: string; readonly expression?: string }[],
  path: string,
  params = false,
): StatusCause[] {
  const names = new Set<string>();
  const compiled = compileConditions(conditions, { authorizer: true, ...(params ? { params: DYN } : {}) });
  const causes = conditions.length > MAX_CONDITIONS ? [tooMany(path, conditions.length, MAX_CONDITIONS)] : [];
  return causes.concat(
    conditions.flatMap(({ name = '', expression = '' }, i) => {
      const at = `${path}[${i}]`;
      const causes =
        name === '' ? [required(`${at}.name`)] : qualifiedName(name).map((text) => invalid(`${at}.name`, name, text));
      const { problem } = compiled[i]!.compiled;
      if (expression.trim() === '') causes.push(required(`${at}.expression`));
      else if (problem !== undefined) causes.push(invalid(`${at}.expression`, expression, problem));
      if (name !== '' && names.has(name)) causes.push(duplicate(`${at}.name`, name));
      names.add(name);
      return causes;
    }),
  );
}

import type { StatusCause } from '../status-error.ts';
import { invalid, notSupported, required } from '../validation/causes.ts';
import { dns1123Label, dns1123Subdomain } from '../validation/names.ts';
import type { DeploymentTrigger, ImageChangeParams, TemplateSpec } from './deployment-config-types.ts';

const TAG = /^[\w][\w.-]{0,127}$/;

/** What starts a rollout (openshift-apiserver apps validateTrigger). `pod`: the template's, whose containers it changes. */
export function validateTriggers(
  triggers: readonly DeploymentTrigger[],
  pod: TemplateSpec | undefined,
  path: string,
): StatusCause[] {
  return triggers.flatMap(({ type, imageChangeParams }, n) => {
    const at = `${path}[${n}]`;
    if (!type) return [required(`${at}.type`)];
    if (type === 'ConfigChange') return [];
    if (type !== 'ImageChange') return [notSupported(`${at}.type`, type, ['ConfigChange', 'ImageChange'])];
    if (imageChangeParams === undefined) return [required(`${at}.imageChangeParams`)];
    return validateImageChange(imageChangeParams, pod, `${at}.imageChangeParams`);
  });
}

function validateImageChange(params: ImageChangeParams, pod: TemplateSpec | undefined, path: string): StatusCause[] {
  const { from, containerNames = [] } = params;
  const causes: StatusCause[] = [];
  if (!from.name) causes.push(required(`${path}.from`));
  else {
    if (from.kind !== 'ImageStreamTag')
      causes.push(invalid(`${path}.from.kind`, from.kind ?? '', 'kind must be an ImageStreamTag'));
    causes.push(...validateTagName(from.name, `${path}.from.name`));
    for (const text of from.namespace ? dns1123Label(from.namespace) : [])
      causes.push(invalid(`${path}.from.namespace`, from.namespace, text));
  }
  if (containerNames.length === 0) causes.push(required(`${path}.containerNames`));
  const known = new Set([...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map(({ name }) => name));
  containerNames.forEach((name, n) => {
    if (pod !== undefined && !known.has(name))
      causes.push(invalid(`${path}.containerNames[${n}]`, name, `no container in the template is named ${JSON.stringify(name)}`));
  });
  return causes;
}

/** `STREAM:TAG`. */
function validateTagName(name: string, path: string): StatusCause[] {
  const [stream = '', tag, ...more] = name.split(':');
  if (tag === undefined || more.length > 0) return [invalid(path, name, 'must be in the form of <name>:<tag>')];
  const causes = dns1123Subdomain(stream).map((text) => invalid(path, name, text));
  return TAG.test(tag) ? causes : [...causes, invalid(path, name, `${JSON.stringify(tag)} is no valid tag`)];
}

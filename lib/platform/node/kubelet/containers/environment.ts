import type { Container, EnvFromSource, EnvVar } from '../types/container-types.ts';
import type { Pod } from '../types/pod-types.ts';
import { expandVariables } from './expansion.ts';
import { fieldRefValue, type PodAddresses } from './field-ref.ts';
import { type NodeCapacity, resourceFieldValue } from './resource-values.ts';

/** Waiting reason CreateContainerConfigError: the spec names something that is not there (yet). The message is kubelet's. */
export class ContainerConfigError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ContainerConfigError';
  }
}

/** Config maps and secrets as the kubelet knows them; undefined: not found. Values of secrets are decoded. */
export interface ConfigSource {
  configMap(namespace: string, name: string): Promise<ReadonlyMap<string, Buffer> | undefined>;
  secret(namespace: string, name: string): Promise<ReadonlyMap<string, Buffer> | undefined>;
}

export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly source: ConfigSource;
  readonly services: ReadonlyMap<string, string>;
  readonly addresses: PodAddresses;
  readonly node: NodeCapacity;
  /** Keys of an envFrom that can be no variable's name, as an event's text. */
  readonly onInvalidKeys: (message: string) => void;
}

/** validation.IsRelaxedEnvVarName: printable ASCII without `=`. */
const VALID_NAME = /^[ -<>-~]+$/;

/**
 * A container's environment in kubelet's order of precedence: env over envFrom over services; later entries over earlier
 * ones (kubelet: makeEnvironmentVariables). Rejects with a ContainerConfigError.
 */
export async function containerEnvironment(input: EnvironmentInput): Promise<Map<string, string>> {
  const result = new Map<string, string>();
  for (const from of input.container.envFrom ?? []) await addAll(input, from, result);
  const known = new Map(input.services);
  for (const [name, value] of result) known.set(name, value);
  for (const variable of input.container.env ?? []) {
    const value = await valueOf(input, variable, known);
    if (value === undefined) continue;
    result.set(variable.name, value);
    known.set(variable.name, value);
  }
  for (const [name, value] of input.services) if (!result.has(name)) result.set(name, value);
  return result;
}

async function addAll(input: EnvironmentInput, from: EnvFromSource, into: Map<string, string>): Promise<void> {
  const { namespace } = input.pod.metadata;
  const ref = from.configMapRef ?? from.secretRef;
  if (ref === undefined) return;
  const isSecret = from.configMapRef === undefined;
  const name = ref.name ?? '';
  const data = isSecret ? await input.source.secret(namespace, name) : await input.source.configMap(namespace, name);
  if (data === undefined) {
    if (ref.optional === true) return;
    throw new ContainerConfigError(`${isSecret ? 'secret' : 'configmap'} "${name}" not found`);
  }
  const invalid: string[] = [];
  for (const [key, value] of data) {
    const variable = `${from.prefix ?? ''}${key}`;
    if (VALID_NAME.test(variable)) into.set(variable, value.toString('utf8'));
    else invalid.push(variable);
  }
  if (invalid.length === 0) return;
  invalid.sort();
  const kind = isSecret ? 'secret' : 'configMap';
  input.onInvalidKeys(
    `Keys [${invalid.join(', ')}] from the EnvFrom ${kind} ${namespace}/${name} were skipped since they are considered invalid environment variable names.`,
  );
}

async function valueOf(
  input: EnvironmentInput,
  variable: EnvVar,
  known: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (from === undefined) return expandVariables(variable.value ?? '', (name) => known.get(name));
  try {
    if (from.fieldRef !== undefined) return fieldRefValue(input.pod, from.fieldRef, input.addresses);
    if (from.resourceFieldRef !== undefined)
      return resourceFieldValue(input.pod, input.container, from.resourceFieldRef, input.node);
  } catch (cause) {
    throw new ContainerConfigError((cause as Error).message, { cause });
  }
  return keyValue(input, from.configMapKeyRef, from.secretKeyRef);
}

type KeyRef = NonNullable<EnvVar['valueFrom']>['configMapKeyRef'];

async function keyValue(input: EnvironmentInput, configMap: KeyRef, secret: KeyRef): Promise<string | undefined> {
  const ref = configMap ?? secret;
  if (ref === undefined) return '';
  const { namespace } = input.pod.metadata;
  const name = ref.name ?? '';
  const kind = configMap === undefined ? 'Secret' : 'ConfigMap';
  const data =
    configMap === undefined ? await input.source.secret(namespace, name) : await input.source.configMap(namespace, name);
  const value = data?.get(ref.key);
  if (value !== undefined) return value.toString('utf8');
  if (ref.optional === true) return undefined;
  throw new ContainerConfigError(
    data === undefined
      ? `${kind.toLowerCase()} "${name}" not found`
      : `couldn't find key ${ref.key} in ${kind} ${namespace}/${name}`,
  );
}

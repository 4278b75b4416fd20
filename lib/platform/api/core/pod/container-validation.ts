import type { StatusCause } from '../../status-error.ts';
import { duplicate, forbidden, invalid, notFound, notSupported, oneOf, required } from '../../validation/causes.ts';
import { configKey, dns1123Label, envVarName, portName, portNumber } from '../../validation/names.ts';
import { validateFieldRef, validateResourceFieldRef } from './field-ref-validation.ts';
import { validateLifecycle, validateProbe, validateProtocol } from './probe-validation.ts';
import { validateResizePolicy, validateResources } from './resources-validation.ts';
import { type DeviceContext, validateDevices } from './volume-device-validation.ts';
import { validateLocalPath } from './volume-validation.ts';

type Fields = Record<string, unknown>;

/** What a container's checks need to know of its pod. */
export interface ContainerContext extends DeviceContext {
  readonly hostNetwork: boolean;
  readonly isInit: boolean;
  readonly restartPolicy?: unknown;
}

const list = (value: unknown): Fields[] => (value ?? []) as Fields[];

/** One container of a pod (pkg/apis/core/validation validateContainer). `path`: where it stands. */
export function validateContainer(container: Fields, path: string, context: ContainerContext): StatusCause[] {
  const causes: StatusCause[] = [];
  const name = String(container.name ?? '');
  const image = String(container.image ?? '');
  if (name === '') causes.push(required(`${path}.name`));
  else for (const text of dns1123Label(name)) causes.push(invalid(`${path}.name`, name, text));
  if (image === '') causes.push(required(`${path}.image`));
  const restartable = container.restartPolicy === 'Always';
  if (container.restartPolicy !== undefined && (!context.isInit || !restartable))
    causes.push(
      context.isInit
        ? notSupported(`${path}.restartPolicy`, container.restartPolicy, ['Always'])
        : forbidden(`${path}.restartPolicy`, 'may not be set for non-init containers'),
    );
  causes.push(
    ...(context.isInit && !restartable ? forbidProbes(container, path) : validateProbes(container, path)),
    ...validatePorts(list(container.ports), `${path}.ports`, context),
    ...validateEnv(list(container.env), `${path}.env`),
    ...validateEnvFrom(list(container.envFrom), `${path}.envFrom`),
    ...validateMounts(list(container.volumeMounts), `${path}.volumeMounts`, context),
    ...validateDevices(list(container.volumeDevices), list(container.volumeMounts), `${path}.volumeDevices`, context),
    ...oneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...oneOf(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, ['FallbackToLogsOnError', 'File']),
    ...validateResources(container.resources as Fields | undefined, `${path}.resources`),
    ...(context.isInit && !restartable && container.resizePolicy !== undefined
      ? [invalid(`${path}.resizePolicy`, container.resizePolicy, 'must not be set for init containers')]
      : validateResizePolicy(list(container.resizePolicy), `${path}.resizePolicy`, context.restartPolicy)),
    ...validateSecurityContext(container.securityContext as Fields | undefined, `${path}.securityContext`),
  );
  return causes;
}

const PROBES = [
  ['livenessProbe', 'liveness'],
  ['readinessProbe', 'readiness'],
  ['startupProbe', 'startup'],
] as const;

function validateProbes(container: Fields, path: string): StatusCause[] {
  return [
    ...validateLifecycle(container.lifecycle as Fields | undefined, `${path}.lifecycle`),
    ...PROBES.flatMap(([field, kind]) => validateProbe(container[field] as Fields | undefined, `${path}.${field}`, kind)),
  ];
}

/** An init container ends: nothing of it is probed. */
function forbidProbes(container: Fields, path: string): StatusCause[] {
  return ['lifecycle', ...PROBES.map(([field]) => field)]
    .filter((field) => container[field] !== undefined)
    .map((field) => forbidden(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always'));
}

function validatePorts(ports: readonly Fields[], path: string, context: ContainerContext): StatusCause[] {
  const causes: StatusCause[] = [];
  const names = new Set<string>();
  for (const [i, port] of ports.entries()) {
    const at = `${path}[${i}]`;
    const name = String(port.name ?? '');
    if (name !== '') {
      for (const text of portName(name)) causes.push(invalid(`${at}.name`, name, text));
      if (names.has(name)) causes.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    if (!port.containerPort) causes.push(required(`${at}.containerPort`));
    else for (const text of portNumber(port.containerPort)) causes.push(invalid(`${at}.containerPort`, port.containerPort, text));
    if (port.hostPort) for (const text of portNumber(port.hostPort)) causes.push(invalid(`${at}.hostPort`, port.hostPort, text));
    if (context.hostNetwork && port.hostPort !== port.containerPort)
      causes.push(invalid(`${at}.containerPort`, port.containerPort, 'must match `hostPort` when `hostNetwork` is true'));
    causes.push(...validateProtocol(port.protocol, `${at}.protocol`));
  }
  return causes;
}

function validateEnv(env: readonly Fields[], path: string): StatusCause[] {
  return env.flatMap((variable, i) => {
    const at = `${path}[${i}]`;
    const name = String(variable.name ?? '');
    const causes = name === '' ? [required(`${at}.name`)] : envVarName(name).map((text) => invalid(`${at}.name`, name, text));
    if (variable.valueFrom === undefined) return causes;
    return [...causes, ...validateEnvSource(variable, `${at}.valueFrom`)];
  });
}

function validateEnvSource(variable: Fields, path: string): StatusCause[] {
  const source = variable.valueFrom as Fields;
  const causes: StatusCause[] = [];
  const kinds = Object.keys(source);
  for (const kind of kinds) {
    const ref = source[kind] as Fields;
    const at = `${path}.${kind}`;
    if (kind === 'fieldRef') causes.push(...validateFieldRef(ref, at, 'env'));
    else if (kind === 'resourceFieldRef') causes.push(...validateResourceFieldRef(ref, at, 'env'));
    else causes.push(...validateKeyRef(ref, at));
  }
  if (kinds.length === 0)
    causes.push(invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`'));
  else if (variable.value) causes.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (kinds.length > 1) causes.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return causes;
}

function validateKeyRef(ref: Fields, path: string): StatusCause[] {
  const key = String(ref.key ?? '');
  return [
    ...(ref.name ? [] : [required(`${path}.name`)]),
    ...(key === '' ? [required(`${path}.key`)] : configKey(key).map((text) => invalid(`${path}.key`, key, text))),
  ];
}

function validateEnvFrom(sources: readonly Fields[], path: string): StatusCause[] {
  return sources.flatMap((source, i) => {
    const at = `${path}[${i}]`;
    const causes: StatusCause[] = [];
    const prefix = String(source.prefix ?? '');
    if (prefix !== '') for (const text of envVarName(prefix)) causes.push(invalid(`${at}.prefix`, prefix, text));
    const kinds = ['configMapRef', 'secretRef'].filter((kind) => source[kind] !== undefined);
    for (const kind of kinds) if (!(source[kind] as Fields).name) causes.push(required(`${at}.${kind}.name`));
    if (kinds.length === 0) causes.push(invalid(at, '', 'must specify one of: `configMapRef` or `secretRef`'));
    if (kinds.length > 1) causes.push(invalid(at, '', 'may not have more than one field specified at a time'));
    return causes;
  });
}

function validateMounts(mounts: readonly Fields[], path: string, context: ContainerContext): StatusCause[] {
  const causes: StatusCause[] = [];
  const seen = new Set<unknown>();
  for (const [i, mount] of mounts.entries()) {
    const at = `${path}[${i}]`;
    const name = String(mount.name ?? '');
    if (name === '') causes.push(required(`${at}.name`));
    else if (!context.volumeNames.has(name)) causes.push(notFound(`${at}.name`, name));
    if (!mount.mountPath) causes.push(required(`${at}.mountPath`));
    else if (seen.has(mount.mountPath)) causes.push(invalid(`${at}.mountPath`, mount.mountPath, 'must be unique'));
    seen.add(mount.mountPath);
    if (mount.subPath && mount.subPathExpr)
      causes.push(invalid(`${at}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    for (const field of ['subPath', 'subPathExpr'])
      if (mount[field]) causes.push(...validateLocalPath(String(mount[field]), `${at}.${field}`));
    if (mount.mountPropagation !== undefined)
      causes.push(...oneOf(`${at}.mountPropagation`, mount.mountPropagation, ['Bidirectional', 'HostToContainer', 'None']));
  }
  return causes;
}

function validateSecurityContext(context: Fields | undefined, path: string): StatusCause[] {
  if (context === undefined) return [];
  const causes = [...validateIds(context, path, ['runAsUser', 'runAsGroup'])];
  if (context.allowPrivilegeEscalation === false && context.privileged === true)
    causes.push(invalid(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  if (context.procMount !== undefined) causes.push(...oneOf(`${path}.procMount`, context.procMount, ['Default', 'Unmasked']));
  return [...causes, ...validateSeccomp(context.seccompProfile as Fields | undefined, `${path}.seccompProfile`)];
}

const MAX_ID = 2147483647;

/** User and group ids. */
export function validateIds(context: Fields, path: string, fields: readonly string[]): StatusCause[] {
  return fields.flatMap((field) => {
    const id = context[field];
    if (typeof id !== 'number' || (id >= 0 && id <= MAX_ID)) return [];
    return [invalid(`${path}.${field}`, id, `must be between 0 and ${MAX_ID}, inclusive`)];
  });
}

/** A seccomp profile, of a pod or a container. */
export function validateSeccomp(profile: Fields | undefined, path: string): StatusCause[] {
  if (profile === undefined) return [];
  const causes = oneOf(`${path}.type`, profile.type, ['Localhost', 'RuntimeDefault', 'Unconfined']);
  if (profile.type === 'Localhost' && !profile.localhostProfile)
    causes.push(required(`${path}.localhostProfile`, 'must be set when seccomp type is Localhost'));
  if (profile.type !== 'Localhost' && profile.localhostProfile)
    causes.push(invalid(`${path}.localhostProfile`, profile, 'can only be set when seccomp type is Localhost'));
  return causes;
}

/** The same host port twice in one pod can never run. */
export function validateHostPorts(containers: readonly Fields[], path: string): StatusCause[] {
  const seen = new Set<string>();
  return containers.flatMap((container, i) =>
    list(container.ports).flatMap((port, j) => {
      if (!port.hostPort) return [];
      const key = `${String(port.protocol)}/${String(port.hostIP ?? '')}/${String(port.hostPort)}`;
      const taken = seen.has(key);
      seen.add(key);
      return taken ? [duplicate(`${path}[${i}].ports[${j}].hostPort`, key)] : [];
    }),
  );
}

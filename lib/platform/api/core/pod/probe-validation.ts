import type { StatusCause } from '../../status-error.ts';
import { forbidden, invalid, notNegative, notSupported, oneOf, required } from '../../validation/causes.ts';
import { portName, portNumber } from '../../validation/names.ts';

type Fields = Record<string, unknown>;

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;
const HEADER_NAME = /^[-A-Za-z0-9]+$/;

/** A probe of a container. A liveness or startup probe cannot need more than one success. */
export function validateProbe(
  probe: Fields | undefined,
  path: string,
  kind: 'liveness' | 'readiness' | 'startup',
): StatusCause[] {
  if (probe === undefined) return [];
  const causes = validateHandler(probe, path);
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'])
    causes.push(...notNegative(`${path}.${field}`, probe[field]));
  if (kind !== 'readiness' && probe.successThreshold !== 1)
    causes.push(invalid(`${path}.successThreshold`, probe.successThreshold, 'must be 1'));
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && kind === 'readiness')
    causes.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
  else if (typeof grace === 'number' && grace <= 0)
    causes.push(invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  return causes;
}

/** postStart and preStop. */
export function validateLifecycle(lifecycle: Fields | undefined, path: string): StatusCause[] {
  return ['postStart', 'preStop'].flatMap((hook) =>
    lifecycle?.[hook] === undefined ? [] : validateHandler(lifecycle[hook] as Fields, `${path}.${hook}`),
  );
}

function validateHandler(handler: Fields, path: string): StatusCause[] {
  const given = HANDLERS.filter((name) => handler[name] !== undefined);
  if (given.length === 0) return [required(path, 'must specify a handler type')];
  const causes = given.slice(1).map((name) => forbidden(`${path}.${name}`, 'may not specify more than 1 handler type'));
  const value = handler[given[0]!] as Fields;
  const at = `${path}.${given[0]}`;
  switch (given[0]) {
    case 'exec':
      return Array.isArray(value.command) && value.command.length > 0 ? causes : [...causes, required(`${at}.command`)];
    case 'httpGet':
      return [...causes, ...validateHttpGet(value, at)];
    case 'tcpSocket':
      return [...causes, ...validatePortOrName(value.port, `${at}.port`)];
    case 'grpc':
      return [...causes, ...portNumber(value.port).map((text) => invalid(`${at}.port`, value.port, text))];
    default:
      return causes;
  }
}

function validateHttpGet(value: Fields, path: string): StatusCause[] {
  const causes = value.path ? [] : [required(`${path}.path`)];
  causes.push(...validatePortOrName(value.port, `${path}.port`), ...oneOf(`${path}.scheme`, value.scheme, ['HTTP', 'HTTPS']));
  for (const header of (value.httpHeaders ?? []) as Fields[])
    if (!HEADER_NAME.test(String(header.name ?? '')))
      causes.push(
        invalid(
          `${path}.httpHeaders`,
          header.name ?? '',
          "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
        ),
      );
  return causes;
}

/** A port by number, or by the name that a container gives it. */
function validatePortOrName(port: unknown, path: string): StatusCause[] {
  const texts = typeof port === 'string' ? portName(port) : portNumber(port);
  return texts.map((text) => invalid(path, port, text));
}

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** Of a port; it must be given. */
export const validateProtocol = (protocol: unknown, path: string): StatusCause[] => {
  if (protocol === undefined || protocol === '') return [required(path)];
  return PROTOCOLS.includes(protocol as string) ? [] : [notSupported(path, protocol, PROTOCOLS)];
};

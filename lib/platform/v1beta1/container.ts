import { newBadRequest } from '../api/status-error.ts';
import { type Fields, listAt, objectAt, present, textAt, unlessEmpty } from './shapes.ts';

/**
 * A container of a manifest. What v1beta1 says otherwise than v1: `command` is v1's args and `entrypoint` its command, `cpu`
 * (thousandths) and `memory` (bytes) are limits, policies begin with Pull, probes tell their type. Every other field has v1's name and shape.
 */
export function containerToV1(container: Fields, path: string): Fields {
  const { entrypoint, command, args, cpu, memory, privileged, imagePullPolicy, env, livenessProbe, resources, ...same } =
    container;
  if (args !== undefined)
    throw newBadRequest(`${path}.args: v1beta1 has \`command\` for arguments, \`entrypoint\` for the command`);
  const { limits, ...requests } = objectAt(resources, `${path}.resources`);
  const allLimits = {
    ...present({ cpu: quantity(cpu, 'm', `${path}.cpu`), memory: quantity(memory, '', `${path}.memory`) }),
    ...objectAt(limits, `${path}.resources.limits`),
  };
  const security = objectAt(same['securityContext'], `${path}.securityContext`);
  return present({
    ...same,
    command: entrypoint,
    args: command,
    env: env === undefined || env === null ? undefined : listAt(env, `${path}.env`).map(variable),
    resources: unlessEmpty({ ...requests, ...present({ limits: unlessEmpty(allLimits) }) }),
    securityContext: privileged === true ? { ...security, privileged } : same['securityContext'],
    // What the node has ran, whatever its tag: v1 would pull `latest` always.
    imagePullPolicy: textAt(imagePullPolicy, `${path}.imagePullPolicy`)?.replace(/^Pull/, '') ?? 'IfNotPresent',
    livenessProbe:
      livenessProbe === undefined || livenessProbe === null ? undefined : probe(livenessProbe, `${path}.livenessProbe`),
  });
}

/** A container as v1beta1 shows it. */
export function containerFromV1(container: Fields): Fields {
  const { command, args, imagePullPolicy, ...same } = container;
  return present({
    ...same,
    entrypoint: command,
    command: args,
    imagePullPolicy: typeof imagePullPolicy === 'string' ? `Pull${imagePullPolicy}` : undefined,
  });
}

/** 0 stood for no limit. */
function quantity(value: unknown, unit: string, path: string): string | undefined {
  if (value === undefined || value === null || value === 0) return undefined;
  if (!Number.isSafeInteger(value)) throw newBadRequest(`${path}: ${JSON.stringify(value).slice(0, 80)} is no whole number`);
  return `${value as number}${unit}`;
}

/** Variables were once called by a key. */
const variable = ({ key, ...same }: Fields): Fields => present({ ...same, name: same['name'] ?? key });

function probe(value: unknown, path: string): Fields {
  const { type: _type, httpGet, tcpSocket, ...same } = objectAt(value, path);
  const withPort = (action: unknown, name: string): Fields | undefined => {
    if (action === undefined || action === null) return undefined;
    const { port, ...rest } = objectAt(action, `${path}.${name}`);
    return { ...rest, port: typeof port === 'string' && /^\d+$/.test(port) ? Number(port) : port };
  };
  return present({ ...same, httpGet: withPort(httpGet, 'httpGet'), tcpSocket: withPort(tcpSocket, 'tcpSocket') });
}

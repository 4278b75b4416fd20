import type { StatusCause } from '../../status-error.ts';
import type { KubeObject } from '../../meta.ts';
import { compareQuantities } from '../../quantity.ts';
import { duplicate, forbidden, invalid, notSupported, required } from '../../validation/causes.ts';
import { configKey, dns1123Label } from '../../validation/names.ts';
import { validateClaimSpec } from '../claim-validation.ts';
import { validateFieldRef, validateResourceFieldRef } from './field-ref-validation.ts';

type Fields = Record<string, unknown>;

const MODE_TEXT = 'must be a number between 0 and 0777 (octal), both inclusive';
const HOST_PATH_TYPES = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

/** spec.volumes. */
export function validateVolumes(volumes: readonly Fields[], path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const seen = new Set<string>();
  for (const [i, volume] of volumes.entries()) {
    const at = `${path}[${i}]`;
    const name = String(volume.name ?? '');
    if (name === '') causes.push(required(`${at}.name`));
    else for (const text of dns1123Label(name)) causes.push(invalid(`${at}.name`, name, text));
    if (seen.has(name) && name !== '') causes.push(duplicate(`${at}.name`, name));
    seen.add(name);
    causes.push(...validateSource(volume, at));
  }
  return causes;
}

function validateSource(volume: Fields, path: string): StatusCause[] {
  const sources = Object.keys(volume).filter((key) => key !== 'name');
  if (sources.length === 0) return [required(path, 'must specify a volume type')];
  const [first, ...more] = sources as [string, ...string[]];
  const causes = more.map((source) => forbidden(`${path}.${source}`, 'may not specify more than 1 volume type'));
  const check = SOURCES.get(first);
  return check === undefined ? causes : [...causes, ...check(volume[first] as Fields, `${path}.${first}`)];
}

const need =
  (field: string) =>
  (source: Fields, path: string): StatusCause[] =>
    source[field] === undefined || source[field] === '' ? [required(`${path}.${field}`)] : [];

/** The checks of the sources that say more than the types do. */
const SOURCES: ReadonlyMap<string, (source: Fields, path: string) => StatusCause[]> = new Map([
  ['hostPath', validateHostPath],
  ['emptyDir', validateEmptyDir],
  [
    'secret',
    (source: Fields, path: string) => [
      ...need('secretName')(source, path),
      ...validateMode(source, path),
      ...validateItems(source, path),
    ],
  ],
  [
    'configMap',
    (source: Fields, path: string) => [
      ...need('name')(source, path),
      ...validateMode(source, path),
      ...validateItems(source, path),
    ],
  ],
  ['downwardAPI', (source: Fields, path: string) => [...validateMode(source, path), ...validateDownwardItems(source, path)]],
  ['projected', validateProjected],
  ['persistentVolumeClaim', need('claimName')],
  ['ephemeral', validateEphemeral],
  ['nfs', (source: Fields, path: string) => [...need('server')(source, path), ...need('path')(source, path)]],
  ['csi', need('driver')],
]);

/** pkg/apis/core/validation validateEphemeralVolumeSource. */
function validateEphemeral(source: Fields, path: string): StatusCause[] {
  const template = source.volumeClaimTemplate as { spec?: KubeObject['spec'] } | undefined;
  const at = `${path}.volumeClaimTemplate`;
  return template === undefined ? [required(at)] : validateClaimSpec(template.spec, `${at}.spec`);
}

function validateHostPath(source: Fields, path: string): StatusCause[] {
  const causes = need('path')(source, path);
  const text = String(source.path ?? '');
  if (text.split('/').includes('..')) causes.push(invalid(`${path}.path`, text, "must not contain '..'"));
  if (source.type !== undefined && !HOST_PATH_TYPES.includes(source.type as string))
    causes.push(notSupported(`${path}.type`, source.type, HOST_PATH_TYPES));
  return causes;
}

function validateEmptyDir(source: Fields, path: string): StatusCause[] {
  if (source.sizeLimit === undefined || compareQuantities(String(source.sizeLimit), '0') >= 0) return [];
  return [forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')];
}

function validateMode(source: Fields, path: string, field = 'defaultMode'): StatusCause[] {
  const mode = source[field];
  return typeof mode === 'number' && (mode < 0 || mode > 0o777) ? [invalid(`${path}.${field}`, mode, MODE_TEXT)] : [];
}

function validateItems(source: Fields, path: string): StatusCause[] {
  return ((source.items ?? []) as Fields[]).flatMap((item, i) => {
    const at = `${path}.items[${i}]`;
    const key = String(item.key ?? '');
    return [
      ...(key === '' ? [required(`${at}.key`)] : configKey(key).map((text) => invalid(`${at}.key`, key, text))),
      ...validateItemPath(item, at),
    ];
  });
}

function validateItemPath(item: Fields, path: string): StatusCause[] {
  const text = String(item.path ?? '');
  const mode = validateMode(item, path, 'mode');
  return text === '' ? [required(`${path}.path`), ...mode] : [...validateLocalPath(text, `${path}.path`), ...mode];
}

/** A path that stays below where it starts. */
export function validateLocalPath(text: string, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (text.startsWith('/')) causes.push(invalid(path, text, 'must be a relative path'));
  if (text.split('/').includes('..')) causes.push(invalid(path, text, "must not contain '..'"));
  else if (text.startsWith('..')) causes.push(invalid(path, text, "must not start with '..'"));
  return causes;
}

function validateDownwardItems(source: Fields, path: string): StatusCause[] {
  return ((source.items ?? []) as Fields[]).flatMap((item, i) => {
    const at = `${path}.items[${i}]`;
    const causes = validateItemPath(item, at);
    if (item.fieldRef !== undefined && item.resourceFieldRef !== undefined)
      causes.push(invalid(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    else if (item.fieldRef !== undefined) causes.push(...validateFieldRef(item.fieldRef as Fields, `${at}.fieldRef`, 'volume'));
    else if (item.resourceFieldRef !== undefined)
      causes.push(...validateResourceFieldRef(item.resourceFieldRef as Fields, `${at}.resourceFieldRef`, 'volume'));
    else causes.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
    return causes;
  });
}

function validateProjected(source: Fields, path: string): StatusCause[] {
  const causes = validateMode(source, path);
  for (const [i, projection] of ((source.sources ?? []) as Fields[]).entries()) {
    const at = `${path}.sources[${i}]`;
    const kinds = Object.keys(projection);
    for (const kind of kinds.slice(1)) causes.push(forbidden(`${at}.${kind}`, 'may not specify more than 1 volume type'));
    const [kind] = kinds;
    if (kind === undefined) {
      causes.push(required(at, 'must specify a projected volume source'));
      continue;
    }
    const value = projection[kind] as Fields;
    if (kind === 'secret' || kind === 'configMap')
      causes.push(...need('name')(value, `${at}.${kind}`), ...validateItems(value, `${at}.${kind}`));
    if (kind === 'downwardAPI') causes.push(...validateDownwardItems(value, `${at}.${kind}`));
    if (kind === 'serviceAccountToken') causes.push(...validateTokenProjection(value, `${at}.${kind}`));
  }
  return causes;
}

function validateTokenProjection(value: Fields, path: string): StatusCause[] {
  const seconds = Number(value.expirationSeconds ?? 3600);
  const causes: StatusCause[] = [];
  if (seconds < 600)
    causes.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > 2 ** 32)
    causes.push(invalid(`${path}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'));
  return [...causes, ...validateItemPath(value, path)];
}

import type { Json } from '../meta.ts';
import { newBadRequest, newRequestEntityTooLarge } from '../status-error.ts';
import type { Image, ImageLayer } from './image-types.ts';

type Fields = { [field: string]: Json };

/** What a manifest of version 2 says (OCI image-spec, manifest.md; Docker's schema 2 has the same fields). */
interface Manifest {
  mediaType?: string;
  config?: { digest?: string; size?: number };
  layers?: { digest?: string; size?: number; mediaType?: string }[];
}

/** The fields of an image's configuration that are shown, as configuration and metadata name them (OCI image-spec, config.md). */
const CONFIG_FIELDS = [
  'Hostname',
  'User',
  'ExposedPorts',
  'Tty',
  'Env',
  'Cmd',
  'Healthcheck',
  'Volumes',
  'WorkingDir',
  'Entrypoint',
  'OnBuild',
  'Labels',
  'StopSignal',
  'Shell',
];

/** Longer texts are no manifests and no configurations: 4 MiB is what registries take. */
export const LARGEST_MANIFEST = 4 << 20;

/** Variables and labels are maps of texts. What goes deeper would exhaust the stack of everything that walks the image. */
const DEEPEST = 16;
/** Characters of all that is shown of one: images are in everybody's memory. */
const LONGEST = 512 << 10;

export const MANIFEST_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
] as const;

/** Lists of manifests, one for each platform. */
export const INDEX_TYPES = [
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.index.v1+json',
] as const;

/**
 * What clients are told of an image, out of its manifest and configuration: metadata (DockerImage 1.0) and layers. Both are texts of
 * others: what is not as it should be is left out. Throws a StatusError when one is no JSON object, or says more than an image has to.
 */
export function describeImage(manifestText: string, configText: string): Partial<Image> {
  const manifest = parse(manifestText, 'manifest') as unknown as Manifest;
  const config = parse(configText, 'configuration');
  const layers: ImageLayer[] = (Array.isArray(manifest.layers) ? manifest.layers : []).map((layer) => ({
    name: text(layer?.digest),
    size: bytes(layer?.size),
    mediaType: text(layer?.mediaType),
  }));
  const distinct = new Map(layers.map(({ name, size }) => [name, size]));
  const total = [...distinct.values()].reduce((sum, size) => sum + size, bytes(manifest.config?.size));
  const inner = fieldsOf(config['config']);
  return bounded({
    dockerImageLayers: layers,
    dockerImageMetadataVersion: '1.0',
    dockerImageMetadata: {
      kind: 'DockerImage',
      apiVersion: 'image.openshift.io/1.0',
      Id: text(manifest.config?.digest),
      Created: created(config['created']),
      ContainerConfig: {},
      ...strings(config, { author: 'Author', architecture: 'Architecture', docker_version: 'DockerVersion' }),
      Config: Object.fromEntries(
        CONFIG_FIELDS.filter((field) => inner[field] !== undefined && inner[field] !== null).map((field) => [
          field,
          inner[field]!,
        ]),
      ),
      Size: total,
    },
  });
}

function bounded(said: Partial<Image>): Partial<Image> {
  if (isDeeper(said, DEEPEST)) throw newRequestEntityTooLarge(`what the image says is nested more than ${DEEPEST} deep`);
  if (JSON.stringify(said).length > LONGEST)
    throw newRequestEntityTooLarge(`what the image says is longer than ${LONGEST} characters`);
  return said;
}

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1)));

function parse(json: string, what: string): Fields {
  let value: Json;
  try {
    value = JSON.parse(json) as Json;
  } catch {
    throw newBadRequest(`the ${what} is no JSON`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw newBadRequest(`the ${what} is no JSON object`);
  return value;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const bytes = (value: unknown): number => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0);
const created = (value: unknown): string | null =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? new Date(value).toISOString().replace(/\.\d+Z$/, 'Z') : null;
const fieldsOf = (value: Json | undefined): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

const strings = (from: Fields, names: Readonly<Record<string, string>>): Fields =>
  Object.fromEntries(
    Object.entries(names)
      .filter(([field]) => typeof from[field] === 'string')
      .map(([field, shown]) => [shown, from[field]!]),
  );

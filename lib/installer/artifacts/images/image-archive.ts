import { hashOf } from '../cache.ts';
import { type TarEntry, tarParts } from '../tar-writer.ts';
import type { ImageRecipe } from './image-recipe.ts';
import type { Layer } from './layer-builder.ts';

/** An image put together: its configuration and its layers, each under the name that Docker gives it. */
export interface BuiltImage {
  readonly reference: string;
  /** Docker's image ID: `sha256:` and the hash of the configuration. */
  readonly id: string;
  readonly config: Buffer;
  readonly layers: readonly ImageLayer[];
}

export interface ImageLayer {
  /** `sha256:` and the hash of the uncompressed tar. */
  readonly diffId: string;
  /** What Docker knows a layer on top of its parents by (OCI image specification, "Layer ChainID"). */
  readonly chainId: string;
  readonly tar: Buffer;
}

/** The image's configuration (OCI image specification, application/vnd.oci.image.config.v1+json) over its layers. */
export function assembleImage(recipe: ImageRecipe, arch: string, layers: readonly Layer[]): BuiltImage {
  const diffIds = layers.map((layer) => `sha256:${hashOf(layer.tar)}`);
  const created = new Date(Math.max(0, ...layers.map((layer) => layer.newest)) * 1000).toISOString();
  const { config } = recipe;
  const document = {
    created,
    author: 'oo-install',
    architecture: arch,
    os: 'linux',
    config: {
      User: config.user,
      ExposedPorts: Object.fromEntries(config.exposedPorts.map((port) => [port, {}])),
      Env: config.env,
      Entrypoint: config.entrypoint,
      Cmd: config.cmd,
      WorkingDir: config.workingDir ?? '/',
      Labels: config.labels,
      ...(config.stopSignal === undefined ? {} : { StopSignal: config.stopSignal }),
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: recipe.layers.map((layer) => ({ created, created_by: `oo-install: ${layer.name}` })),
  };
  const bytes = Buffer.from(JSON.stringify(document));
  const chains = chainIds(diffIds);
  return {
    reference: recipe.reference,
    id: `sha256:${hashOf(bytes)}`,
    config: bytes,
    layers: layers.map((layer, i) => ({ diffId: diffIds[i]!, chainId: chains[i]!, tar: layer.tar })),
  };
}

/** The chain ID of each layer, bottom first (OCI image specification, "Layer ChainID"). */
export function chainIds(diffIds: readonly string[]): string[] {
  let chain = '';
  return diffIds.map((diffId) => (chain = chain === '' ? diffId : `sha256:${hashOf(`${chain} ${diffId}`)}`));
}

/**
 * A `docker load` archive (Docker Image Specification v1.2). Layers in `present` (chain IDs) are named but left out: Docker reads
 * a layer's file only when its own store has no layer of that chain.
 */
export function imageArchive(image: BuiltImage, present: ReadonlySet<string> = new Set()): Buffer {
  return Buffer.concat(imageArchiveParts(image, present));
}

/** The same in pieces, one after the other: the layers are not copied. */
export function imageArchiveParts(image: BuiltImage, present: ReadonlySet<string> = new Set()): readonly Buffer[] {
  const hex = (digest: string) => digest.slice('sha256:'.length);
  const file = (path: string, content: Buffer): TarEntry => ({ path, type: 'file', mode: 0o644, mtime: 0, content });
  const manifest = [
    {
      Config: `${hex(image.id)}.json`,
      RepoTags: [image.reference],
      Layers: image.layers.map((layer) => `${hex(layer.diffId)}/layer.tar`),
    },
  ];
  const entries = [file(`${hex(image.id)}.json`, image.config)];
  for (const layer of image.layers) {
    if (present.has(layer.chainId)) continue;
    entries.push({ path: hex(layer.diffId), type: 'directory', mode: 0o755, mtime: 0 });
    entries.push(file(`${hex(layer.diffId)}/layer.tar`, layer.tar));
  }
  return tarParts([...entries, file('manifest.json', Buffer.from(JSON.stringify(manifest)))]);
}

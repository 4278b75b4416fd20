import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { assetPath } from '../../../common/assets.ts';
import { imageRecipeConfig } from '../../../common/image-recipe-config.ts';

const mode = z
  .string()
  .regex(/^[0-7]{4}$/)
  .transform((text) => Number.parseInt(text, 8));
/** Relative, with no `..`: a recipe cannot write outside its image. */
const memberPath = z.string().regex(/^(?!.*(^|\/)\.{1,2}(\/|$))[^/].*[^/]$|^[^/]$/);

const packageName = z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/);

export const layerSchema = z.strictObject({
  /** Shown in `docker history`. */
  name: z.string(),
  /** Whole Debian packages, with all that they depend on and no layer below has (of the release in image-packages.ts). */
  packages: z.array(packageName).default([]),
  /** Packages that those are said to need, and that nothing in the image misses: they are taken to be there. */
  without: z.array(packageName).default([]),
  /** Folders and files of the packages that stay out. */
  leaveOut: z.array(memberPath).default([]),
  /** One file of all the certificate authorities below `from`. */
  certificates: z.strictObject({ from: memberPath, path: memberPath }).optional(),
  directories: z.array(z.strictObject({ path: memberPath, mode })).default([]),
  /** Taken out of a Debian package; `from` lists the places where releases keep it. */
  packageFiles: z
    .array(z.strictObject({ package: z.string(), from: z.array(memberPath).min(1), path: memberPath, mode }))
    .default([]),
  /** From assets/images/. */
  files: z.array(z.strictObject({ path: memberPath, source: memberPath, mode })).default([]),
  links: z.strictObject({ directory: memberPath, target: z.string(), names: z.array(z.string().regex(/^[\w[.-]+$/)) }).optional(),
  symlinks: z.array(z.strictObject({ path: memberPath, target: z.string() })).default([]),
});

/** assets/images/NAME.json: an image made of files from Debian packages and of our own, layer by layer. */
export const imageRecipe = z.strictObject({
  reference: z.string().regex(/^[a-z0-9]+([._/-][a-z0-9]+)*:[\w.-]+$/),
  description: z.string(),
  /** Bottom first. Recipes that name the same layers share them. */
  layers: z.array(layerSchema).min(1),
  config: imageRecipeConfig,
});
export interface ImageRecipe extends z.infer<typeof imageRecipe> {
  /** How many of its layers, from the bottom, stand in files of their own, since other images have them too. */
  readonly shared: number;
}
export type LayerRecipe = ImageRecipe['layers'][number];

/** The names of the recipes whose images pods need at once, in the order in which they are loaded. */
export const startingImageNames = ['origin-pod', 'hello-openshift'] as const;

/** Their references in Docker. */
export const startingImageReferences: readonly string[] = startingImageNames.map((name) => `openshift/${name}:latest`);

/** The recipe assets/images/NAME.json. A layer that is a name there is read from assets/images/layers/NAME.json. */
export async function readRecipe(name: string): Promise<ImageRecipe> {
  const recipe = (await readAsset(`${name}.json`)) as { readonly layers?: unknown };
  if (!Array.isArray(recipe.layers)) return { ...imageRecipe.parse(recipe), shared: 0 };
  const written = recipe.layers as readonly unknown[];
  const layers = await Promise.all(
    written.map((layer) => (typeof layer === 'string' ? readAsset(`layers/${layer}.json`) : layer)),
  );
  const own = written.findIndex((layer) => typeof layer !== 'string');
  return { ...imageRecipe.parse({ ...recipe, layers }), shared: own === -1 ? written.length : own };
}

async function readAsset(path: string): Promise<unknown> {
  return JSON.parse(await readFile(assetPath('images', memberPath.parse(path)), 'utf8'));
}

import { z } from 'zod';

/** `config` of a recipe, assets/images/NAME.json: the image's configuration, in the words of the OCI image specification. */
export const imageRecipeConfig = z.strictObject({
  entrypoint: z.array(z.string()),
  cmd: z.array(z.string()),
  user: z.string(),
  env: z.array(z.string()),
  workingDir: z.string().optional(),
  exposedPorts: z.array(z.string()).default([]),
  stopSignal: z.string().optional(),
  labels: z.record(z.string(), z.string()).default({}),
});
export type ImageRecipeConfig = z.infer<typeof imageRecipeConfig>;

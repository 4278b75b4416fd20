import type { BuildStrategy, ImageReference } from './build-types.ts';

/** The image that a strategy builds from. */
export const fromOf = ({ dockerStrategy, sourceStrategy }: BuildStrategy): ImageReference | undefined =>
  dockerStrategy?.from ?? sourceStrategy?.from;

/** The same strategy from another image. */
export function withFrom(strategy: BuildStrategy, from: ImageReference): BuildStrategy {
  const { dockerStrategy, sourceStrategy } = strategy;
  if (dockerStrategy !== undefined) return { ...strategy, dockerStrategy: { ...dockerStrategy, from } };
  return sourceStrategy === undefined ? strategy : { ...strategy, sourceStrategy: { ...sourceStrategy, from } };
}

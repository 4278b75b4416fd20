/** The values of --packages. */
export const packageModes = ['auto', 'host', 'stream'] as const;
export type PackageMode = (typeof packageModes)[number];

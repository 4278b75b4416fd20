/** The images that the platform's own pods run: recipes of these names, `openshift/NAME:latest` in Docker. */
export const systemImageNames = ['registry', 'router', 'builder'] as const;
/** Images that applications are built with, by source-to-image. */
export const builderImageNames = ['nodejs', 'python', 'php', 'static'] as const;
/** All that is built from whole packages. */
export const platformImageNames: readonly string[] = [...systemImageNames, ...builderImageNames];

/** The name that one of them has in Docker. */
export const platformImageReference = (name: string): string => `openshift/${name}:latest`;
export const platformImageReferences: readonly string[] = platformImageNames.map(platformImageReference);

import type { ImageConfig } from '../../../runtime/image-runtime.ts';
import { BuildError } from '../build-error.ts';

/** Labels of a builder image, each with the name it had before, and the variable of 2014 (source-to-image: pkg/api/constants). */
const LABELS = {
  scriptsUrl: ['io.openshift.s2i.scripts-url', 'io.s2i.scripts-url'],
  destination: ['io.openshift.s2i.destination', 'io.s2i.destination'],
  assembleUser: ['io.openshift.s2i.assemble-user'],
} as const;
const VARIABLES = { scriptsUrl: 'STI_SCRIPTS_URL', destination: 'STI_LOCATION' } as const;

/** What a builder image says about building from it. */
export interface BuilderFacts {
  readonly scriptsUrl: string | undefined;
  /** Where the source is unpacked, absolute. */
  readonly destination: string;
  readonly assembleUser: string | undefined;
}

const PATH = /^\/[\w./@+-]*$/;

/** What a builder image says of itself. */
export function builderFacts(image: ImageConfig): BuilderFacts {
  const label = (key: keyof typeof LABELS): string | undefined =>
    LABELS[key].map((name) => image.labels[name]).find((value) => value !== undefined && value !== '');
  const variable = (name: string): string | undefined =>
    image.env.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
  const destination = (label('destination') ?? variable(VARIABLES.destination) ?? '/tmp').replace(/\/+$/, '') || '/';
  if (!PATH.test(destination)) {
    const message = `the builder image's label ${LABELS.destination[0]} is ${JSON.stringify(destination)}, which is no absolute path`;
    throw new BuildError('GenericBuildFailed', message);
  }
  return {
    scriptsUrl: label('scriptsUrl') ?? variable(VARIABLES.scriptsUrl),
    destination,
    assembleUser: label('assembleUser'),
  };
}

/** `image:///usr/libexec/s2i` as the folder of the image. */
export function scriptsFolder(url: string | undefined): string | undefined {
  if (url?.startsWith('image://') !== true) return undefined;
  const path = url.slice('image://'.length).replace(/\/+$/, '');
  if (!PATH.test(path))
    throw new BuildError('GenericBuildFailed', `scripts URL ${JSON.stringify(url)} names no folder of the image`);
  return path;
}

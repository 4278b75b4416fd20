import type { Json, KubeObject } from '../meta.ts';
import type { Status } from '../status-error.ts';

/** The group of everything in this folder. */
export const IMAGE_GROUP = 'image.openshift.io';

/** image.openshift.io/v1 Image: what a registry has under a digest, which is its name. */
export interface Image extends KubeObject {
  /** Where it can be pulled: `REGISTRY/NAME@sha256:...`. */
  dockerImageReference?: string;
  /** DockerImage 1.0: what the image says of itself, as clients show it. */
  dockerImageMetadata?: { [field: string]: Json };
  dockerImageMetadataVersion?: string;
  /** Text. Taken out of what is made from it, except where an import was asked to keep it. */
  dockerImageManifest?: string;
  dockerImageManifestMediaType?: string;
  /** Text of the configuration that a manifest of version 2 points to. */
  dockerImageConfig?: string;
  dockerImageLayers?: ImageLayer[];
}

export interface ImageLayer {
  name: string;
  /** Bytes. */
  size: number;
  mediaType: string;
}

export interface ObjectReference {
  kind?: string;
  namespace?: string;
  name?: string;
}

export interface TagImportPolicy {
  /** The registry may be spoken to without TLS, or with a certificate that nobody knows. */
  insecure?: boolean;
  /** Imported again from time to time. */
  scheduled?: boolean;
}

/** What somebody wants a tag of a stream to be. */
export interface TagReference {
  name: string;
  annotations?: Record<string, string>;
  /** DockerImage, ImageStreamTag or ImageStreamImage. Absent: the tag is pushed to. */
  from?: ObjectReference;
  /** Only a name for what is elsewhere: never imported. */
  reference?: boolean;
  /** The stream's generation when the tag was last changed. */
  generation?: number;
  importPolicy?: TagImportPolicy;
  referencePolicy?: { type: string };
}

/** What a tag once was. */
export interface TagEvent {
  /** RFC 3339. */
  created: string;
  dockerImageReference: string;
  /** Name of the Image; '' for a tag that is only a reference. */
  image: string;
  generation: number;
}

export interface TagEventCondition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
  generation: number;
}

/** The history of a tag, newest first. `items` is absent where an import has failed before anything was there. */
export interface TagHistory {
  tag: string;
  items?: TagEvent[];
  conditions?: TagEventCondition[];
}

/** image.openshift.io/v1 ImageStream: the images of a repository by tags, and what they were before. */
export interface ImageStream extends KubeObject {
  spec: {
    lookupPolicy?: { local: boolean };
    /** A repository elsewhere: all its tags are imported. */
    dockerImageRepository?: string;
    tags?: TagReference[];
  };
  status: {
    /** `HOST:PORT/NAMESPACE/NAME` in the platform's registry; '' without one. */
    dockerImageRepository: string;
    publicDockerImageRepository?: string;
    tags?: TagHistory[];
  };
}

/** image.openshift.io/v1 ImageStreamTag: one tag of a stream with its image, named `STREAM:TAG`. */
export interface ImageStreamTag extends KubeObject {
  tag?: TagReference | null;
  generation?: number;
  lookupPolicy?: { local: boolean };
  conditions?: TagEventCondition[];
  image?: Image;
}

/** image.openshift.io/v1 ImageStreamMapping: says that an image is there now, under a tag of the stream of this name. */
export interface ImageStreamMapping extends KubeObject {
  image: Image;
  tag: string;
}

export interface ImageImportSpec {
  from: ObjectReference;
  /** The tag it becomes. @default the tag of `from` */
  to?: { name?: string };
  importPolicy?: TagImportPolicy;
  referencePolicy?: { type: string };
  includeManifest?: boolean;
}

export interface ImageImportStatus {
  status: Status;
  image?: Image;
  tag?: string;
}

/** image.openshift.io/v1 ImageStreamImport: asks for images of registries elsewhere, and with `import` for tags of a stream. */
export interface ImageStreamImport extends KubeObject {
  spec: {
    import: boolean;
    repository?: Omit<ImageImportSpec, 'to'>;
    images?: ImageImportSpec[];
  };
  status: {
    import?: ImageStream;
    repository?: { status?: Status; images?: ImageImportStatus[]; additionalTags?: string[] };
    images?: ImageImportStatus[];
  };
}

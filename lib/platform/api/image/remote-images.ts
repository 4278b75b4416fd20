import type { Image } from './image-types.ts';
import type { PullSpec } from './pull-spec.ts';

/** Who somebody is at a registry. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** What is asked of a registry elsewhere. */
export interface RemoteQuestion {
  readonly of: PullSpec;
  /** It may be spoken to without TLS, or with a certificate that nobody knows. */
  readonly insecure: boolean;
  /** Logins for its host, the most specific first; tried in turn, none last. */
  readonly logins: readonly RegistryLogin[];
}

/** Registries elsewhere. Both reject with a StatusError that is fit for its reader: Unauthorized, NotFound, Forbidden, InternalError. */
export interface RemoteImages {
  /** The image under the tag or digest, with its manifest and configuration as texts. */
  find(question: RemoteQuestion): Promise<Image>;
  /** The repository's tags, some hundred at most. */
  tags(question: RemoteQuestion): Promise<string[]>;
}

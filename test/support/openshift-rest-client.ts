import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';

/** Where test/setup/clients.sh installs OpenShift's JavaScript clients. */
export const nodeshiftFolder = join(packageRoot(), '.cache', 'clients', 'nodeshift');

/** Why tests that need them cannot run here, for `test(..., { skip })`: false where they can. */
export const nodeshiftMissing: string | false = existsSync(join(nodeshiftFolder, 'node_modules'))
  ? false
  : `NO NODESHIFT: ${nodeshiftFolder} is not there (test/run clients installs it)`;

/** What openshift-rest-client answers a call with. */
export interface RestAnswer {
  readonly statusCode: number;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/**
 * openshift-rest-client 9: a client that its caller walks through (`client.apis.user.v1.users('~').get()`). Untyped, as the package is.
 */
// oxlint-disable-next-line typescript/no-explicit-any
export type RestClient = any;

export interface RestClientSettings {
  /** Whether it reads the API's /openapi/v2 or its own copy of OpenShift's. */
  readonly loadSpecFromCluster: boolean;
  readonly config:
    | string
    | {
        readonly url: string;
        readonly auth: { username: string; password: string } | { token: string };
        readonly insecureSkipTlsVerify: boolean;
      };
}

/** The unmodified client, logged in. Rejects as the package does when the login fails. */
export async function openshiftRestClient(settings: RestClientSettings): Promise<RestClient> {
  const load = createRequire(join(nodeshiftFolder, 'package.json'));
  const { OpenshiftClient } = load('openshift-rest-client') as {
    OpenshiftClient: (settings: RestClientSettings) => Promise<RestClient>;
  };
  return OpenshiftClient(settings);
}

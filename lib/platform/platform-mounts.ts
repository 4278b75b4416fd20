import { systemClock } from '../common/clock.ts';
import type { Log } from '../common/log.ts';
import { registryHost } from './api/image/internal-registry.ts';
import type { Mount } from './api/mount.ts';
import type { UserInfo, Verbs } from './api/verbs.ts';
import { BUILDER_IMAGE } from './builds/contract.ts';
import { inProcessClient } from './client/in-process-client.ts';
import type { PlatformConfig } from './config/platform-config.ts';
import { createGitServer } from './git/git-server.ts';
import type { IdentityProvider } from './oauth/login.ts';
import { createOAuthServer, type OAuthServer } from './oauth/oauth-server.ts';
import { followHtpasswd } from './oauth/passwords/htpasswd-file.ts';
import { registrySettings, urlOf } from './part-settings.ts';
import type { PlatformCertificates } from './pki/platform-certificates.ts';
import { createRegistry, type Registry } from './registry/registry.ts';
import { createOldApi } from './v1beta1/old-api.ts';

/** Each is bound to a role of its own (rbac/bootstrap/openshift-roles.ts). */
const OAUTH_USER = { name: 'system:openshift:oauth-server', groups: ['system:authenticated'] };
const GIT_USER = { name: 'system:openshift:git-server', groups: ['system:authenticated'] };
const REGISTRY_USER = { name: 'system:openshift:registry', groups: ['system:authenticated'] };

/** The parts that answer on the API's port by themselves: logins, git, the registry's tokens, the API of 2014. */
export interface PlatformMounts {
  readonly mounts: readonly Mount[];
  readonly oauth: OAuthServer;
  /** undefined: there is none. */
  readonly registry: Registry | undefined;
  /** How the platform's own registry is called in references. */
  ownHost(): Promise<string | undefined>;
}

/** Makes them on an API server's verbs, each as a user of its own. */
export function createPlatformMounts(
  config: PlatformConfig,
  certificates: PlatformCertificates,
  providers: readonly IdentityProvider[],
  verbs: (user: UserInfo) => Verbs,
  log: Log,
): PlatformMounts {
  const clientOf = (user: UserInfo) => inProcessClient(verbs(user), user.name);
  const oauth = createOAuthServer({
    client: clientOf(OAUTH_USER),
    url: urlOf(config),
    certificatePem: certificates.apiserver.certPem,
    providers,
    clock: systemClock,
    tokenMaxAge: config.oauth.tokenMaxAgeSeconds,
  });
  const registryClient = clientOf(REGISTRY_USER);
  const registry = config.registry.enabled
    ? createRegistry({
        settings: registrySettings(config, certificates),
        client: registryClient,
        clock: systemClock,
        log: log.child({ component: 'registry' }),
      })
    : undefined;
  const git = createGitServer({
    client: clientOf(GIT_USER),
    clientOf,
    server: { server: urlOf(config), caPem: certificates.caPem },
    image: BUILDER_IMAGE,
  });
  return {
    mounts: [...oauth.endpoints, ...(registry?.endpoints ?? []), git, createOldApi({ clientOf })],
    oauth,
    registry,
    ownHost: () => registryHost(registryClient),
  };
}

/** Whose passwords a login is checked against. */
export async function identityProviders({ oauth: { htpasswdFile } }: PlatformConfig, log: Log): Promise<IdentityProvider[]> {
  if (htpasswdFile === undefined) return [];
  return [{ name: 'htpasswd', ...(await followHtpasswd(htpasswdFile, systemClock, log.child({ component: 'oauth' }))) }];
}

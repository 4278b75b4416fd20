import { defineErrors } from '../../common/errors.ts';

/** What can be wrong with the daemon's configuration or its surroundings before it serves anything. */
export const configErrors = defineErrors({
  CONFIG_UNREADABLE: {
    failure: 'usage',
    message: (path: string) => `cannot read configuration ${path}`,
    hint: (path: string) => `create ${path}, or name another file with --config`,
  },
  CONFIG_NOT_YAML: {
    failure: 'usage',
    message: (path: string, why: string) => `${path} is not YAML: ${why}`,
    hint: () => 'mend that line; nothing was started',
  },
  CONFIG_INVALID: {
    failure: 'usage',
    message: (path: string, problems: string) => `${path} is not valid: ${problems}`,
    hint: () => 'docs/configuration.md lists every field; nothing was started',
  },
  CONFIG_NAMES_UNREADABLE: {
    failure: 'usage',
    message: (field: string, path: string) => `cannot read ${path}, which ${field} of the configuration names`,
    hint: (field: string, path: string) => `create ${path}, or take ${field} out of the configuration; nothing was started`,
  },
  FRONT_PROXY_CA_INVALID: {
    failure: 'usage',
    message: (path: string) => `${path}, which frontProxy.caFile of the configuration names, holds no certificate`,
    hint: () => 'put the certificate of the authority there that has certified the proxy, as PEM; nothing was started',
  },
  BUILDS_CA_INVALID: {
    failure: 'usage',
    message: (path: string) => `${path}, which builds.caFile of the configuration names, holds no certificates that can be read`,
    hint: () => 'put the certificates of the authorities there that builds are to trust, as PEM; nothing was started',
  },
  ETCD_FILE_INVALID: {
    failure: 'usage',
    message: (field: string, path: string, what: string) =>
      `${path}, which ${field} of the configuration names, holds no ${what}`,
    hint: (_field: string, _path: string, what: string) => `put the ${what} there, as PEM; nothing was started`,
  },
  SECRETS_KEY_FILE_UNSET: {
    failure: 'usage',
    message: () => 'the configuration has no secretsKeyFile: secrets are stored as they are',
    hint: () => 'set secretsKeyFile, such as /etc/openshift/secrets.key, and start the daemon: it makes the file',
  },
  ADDRESS_UNKNOWN: {
    failure: 'usage',
    message: (interfaces: string) => `cannot tell which address this machine is reached at: it has ${interfaces}`,
    hint: () => 'set advertiseAddress in the configuration, or pass --advertise-address',
  },
});

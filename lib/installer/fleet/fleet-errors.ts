import { defineErrors } from '../../common/errors.ts';
import { printable } from '../../common/printable.ts';

/** What can be wrong with a choice of several hosts, before any of them is touched. */
export const fleetErrors = defineErrors({
  HOST_TWICE: {
    failure: 'usage',
    message: (first: string, second: string, route: string) =>
      first === second ? `${first} is named more than once` : `${first} and ${second} are the same server: ${route}`,
    hint: () => 'name each server once',
  },
  LIMIT_MATCHES_NOTHING: {
    failure: 'usage',
    message: (term: string, names: string) => `--limit ${term} matches none of ${names}`,
    hint: () => "give names, or patterns with * and ?, separated by commas: --limit 'web*,db1'",
  },
  NO_HOSTS: {
    failure: 'usage',
    message: () => 'no host is named',
    hint: () => 'name some: oo-install web1 web2; or a file of them: -f cluster.yaml (oo-install init writes one)',
  },
  HOST_NOT_IN_FILE: {
    failure: 'usage',
    message: (host: string, file: string) => `${printable(JSON.stringify(host))} is no host of ${printable(file)}`,
    hint: () => 'with -f, names choose among the hosts of the file',
  },
  HOST_KEY_FOR_NOBODY: {
    failure: 'usage',
    message: (host: string) => `--host-key is given for ${printable(JSON.stringify(host))}, which is none of the hosts`,
    hint: () => 'write the host as it is named: --host-key web1=SHA256:...',
  },
  IDENTITY_NOT_FOUND: {
    failure: 'usage',
    message: (host: string, file: string, why: string) =>
      `the identity file ${printable(JSON.stringify(file))} for ${printable(host)} is not accessible: ${why}`,
    hint: () => 'name a private key (or one whose .pub file is beside it, where an agent holds it): -i ~/.ssh/id_ed25519',
  },
  FLAG_OF_ONE_HOST: {
    failure: 'usage',
    message: (flag: string, hosts: number) => `${flag} is for one host, and ${hosts} are named`,
    hint: () => 'give it for each host in cluster.yaml: docs/cluster-file.md',
  },
  NOT_BEGUN: {
    failure: 'interrupted',
    message: (host: string) => `interrupted before ${host} was touched`,
    hint: () => 'run the same command again',
  },
});

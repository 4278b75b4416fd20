import { ok, type Preflight, warning } from './preflight.ts';

/** What still works on the server by itself, and is waited for. */

/** Whether cloud-init is through: until then it may install packages and write files. */
export const cloudInit: Preflight = ({ facts: { cloudInit: found } }) => {
  switch (found.state) {
    case 'absent':
      return ok('cloud-init', 'not in use');
    case 'done':
      return ok('cloud-init', 'has ended');
    case 'running': {
      const at = found.stage === '' ? '' : ` (${found.stage})`;
      return warning(
        'cloud-init',
        `cloud-init still works${at}`,
        'an installation waits for it, and looks at everything once more',
      );
    }
    case 'failed': {
      const why =
        found.errors.length === 0 ? 'ended before it was done' : `ended with errors: ${found.errors.join('; ').slice(0, 300)}`;
      return warning(
        'cloud-init',
        `cloud-init ${why}`,
        'cloud-init status --long on the server tells more; it is not waited for',
      );
    }
  }
};

/** Whether another program holds the package database. */
export const packageDatabase: Preflight = ({ facts: { packageLocks } }) => {
  const [first] = packageLocks;
  if (first === undefined) return ok('package-database', 'free');
  const [, program = ''] = first.split(' ');
  const hint = 'it is waited for when packages are installed';
  return warning('package-database', `${program === '' ? 'another program' : program} works on the package database`, hint);
};

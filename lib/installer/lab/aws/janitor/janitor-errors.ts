import { defineErrors } from '../../../../common/errors.ts';
import { printable } from '../../../../common/printable.ts';

/** What makes a run of the janitor fail: it has done all that it could. */
export const janitorErrors = defineErrors({
  JANITOR_LAB_STAYS: {
    failure: 'platform',
    message: (left: readonly string[]) => `the audit is not clean:\n${left.map(printable).join('\n')}`,
  },
  JANITOR_INCOMPLETE: {
    failure: 'platform',
    message: (troubles: readonly string[]) => `not everything could be done:\n${troubles.map(printable).join('\n')}`,
    hint: () => 'the next run tries again; oo-install lab down takes a lab away with the rights of whoever runs it',
  },
});

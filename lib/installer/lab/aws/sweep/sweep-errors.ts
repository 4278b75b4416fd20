import { defineErrors } from '../../../../common/errors.ts';
import { printable } from '../../../../common/printable.ts';

/** What can keep a lab on AWS from going. */
export const sweepErrors = defineErrors({
  LAB_IDENTITY_INVALID: {
    failure: 'internal',
    message: (name: string, id: string) =>
      `${printable(JSON.stringify(name))} with the id ${printable(JSON.stringify(id))} is no lab: nothing is taken away`,
  },
  LAB_SWEEP_INCOMPLETE: {
    failure: 'platform',
    message: (name: string, problems: readonly string[]) =>
      `not all of the lab ${name} could be taken away:\n${problems.map(printable).join('\n')}`,
    hint: () => 'mend what stands in the way (rights, things of others that hold on to it), then run oo-install lab down again',
  },
});

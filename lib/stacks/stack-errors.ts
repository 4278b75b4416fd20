import { defineErrors } from '../common/errors.ts';

/** What can be wrong with what stacks are made from. */
export const stackErrors = defineErrors({
  LAB_DEFINITION_INVALID: {
    failure: 'usage',
    message: (source: string, problems: readonly string[]) =>
      [`${source} is no definition of a lab:`, ...problems.map((problem) => `  ${problem}`)].join('\n'),
    hint: () => 'docs/labs-with-cdk.md lists what a definition holds',
  },
  JANITOR_REGION_MISSING: {
    failure: 'usage',
    message: () => 'the janitor stands in one region, and none is named',
    hint: () => 'name it: npx cdk deploy -c janitor=true -c region=eu-central-1',
  },
  LAB_DEFINITION_UNREADABLE: {
    failure: 'usage',
    message: (file: string, why: string) => `the lab's definition cannot be read from ${file}: ${why}`,
    hint: () => 'name the file: npx cdk synth -c definition=FILE',
  },
});

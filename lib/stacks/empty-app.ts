import { App } from 'aws-cdk-lib/core';

export interface EmptyAppOptions {
  /** Where the cloud assembly is written. @default a temporary folder, or where the CDK CLI says */
  readonly outdir?: string;
}

/** An app whose templates depend on nothing but what is put into it: no account, no clock, no machine, no look-ups. */
export function emptyApp(options: EmptyAppOptions = {}): App {
  return new App({
    ...(options.outdir === undefined ? {} : { outdir: options.outdir }),
    analyticsReporting: false,
    treeMetadata: false,
    context: {
      // An export stays as long as a stack imports it, and ours stay for as long as their stack (HostNetwork, LabAccess).
      '@aws-cdk/core:defaultCrossStackReferences': 'strong',
      // What CloudFormation would refuse is refused here: most of the time that synthesis takes goes into looking for it.
      '@aws-cdk/core:validateAgainstDefaultRules': true,
    },
  });
}

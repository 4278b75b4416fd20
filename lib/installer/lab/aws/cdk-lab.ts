import { defineErrors } from '../../../common/errors.ts';
import type { LabDefinition } from '../../../stacks/lab-definition.ts';
import { readLabFile } from '../../config/lab-file.ts';
import type { Lab } from '../../config/lab-schema.ts';
import { openStateFor } from '../state/open-state.ts';
import { defineLab } from './define-lab.ts';

const cdkErrors = defineErrors({
  CDK_NOT_AN_AWS_LAB: {
    failure: 'usage',
    message: (name: string) => `the lab ${name} is of the provider local, and the CDK puts nothing on this machine`,
    hint: () => 'write provider: aws into lab.yaml, or run oo-install lab up',
  },
  CDK_LAB_INCOMPLETE: {
    failure: 'usage',
    message: (file: string, missing: readonly string[]) =>
      `${file} does not say what the CDK cannot ask anybody: ${missing.join(', ')}`,
    hint: () => 'write it there, or run oo-install lab up, which asks AWS; docs/labs-with-cdk.md has an example',
  },
  CDK_CANNOT_UPLOAD: {
    failure: 'usage',
    message: (name: string) => `the hosts of lab ${name} install themselves from a bucket, and the CDK does not fill it`,
    hint: () => 'write aws.install: ssh into lab.yaml, or run oo-install lab up',
  },
});

/**
 * What the CDK's own CLI makes of a lab.yaml: nothing is asked from AWS, so what `oo-install lab up` would ask has to be written there, or
 * remembered from an earlier `up`. Keys, the id and cohorts are kept in the lab's state, as `lab up` does.
 *
 * @param region of the credentials that the CDK found: the last resort
 */
export async function cdkLab(file: string, region: string | undefined): Promise<LabDefinition> {
  const lab = await readLabFile(file);
  if (lab.provider !== 'aws') throw cdkErrors.CDK_NOT_AN_AWS_LAB(lab.name);
  if (lab.aws.install === 's3') throw cdkErrors.CDK_CANNOT_UPLOAD(lab.name);
  refuseIncomplete(lab, file);
  await using open = await openStateFor(lab, 'cdk');
  const { aws } = open.state;
  const place = {
    region: aws?.region ?? lab.aws.region ?? region,
    imageId: aws?.imageId ?? lab.aws.image,
    rootDevice: aws?.rootDevice ?? '/dev/xvda',
  };
  if (place.region === undefined) throw cdkErrors.CDK_LAB_INCOMPLETE(file, ['aws.region']);
  if (place.imageId === undefined) throw cdkErrors.CDK_LAB_INCOMPLETE(file, ['aws.image']);
  const { ssh, api, apps } = lab.access;
  const allow = { ssh: ssh!, api: api!, apps: apps! };
  return defineLab(lab, open.state, { region: place.region, imageId: place.imageId, rootDevice: place.rootDevice, allow });
}

/** Who may reach the hosts has no default here: oo-install takes the operator's own address, which it has to look up. */
function refuseIncomplete(lab: Lab, file: string): void {
  const missing = (['ssh', 'api', 'apps'] as const).filter((door) => lab.access[door] === undefined);
  if (missing.length > 0) {
    const keys = missing.map((door) => `access.${door}`);
    throw cdkErrors.CDK_LAB_INCOMPLETE(file, keys);
  }
}

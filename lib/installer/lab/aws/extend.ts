import type { LabContext } from '../provider.ts';
import { openAccount } from './account.ts';
import { awsErrors } from './aws-errors.ts';
import { definitionOf } from './definition.ts';
import { deploy } from './deploy.ts';
import { labStacks, settleStacks } from './lab-stacks.ts';
import { type AwsOptions, waitingOf } from './options.ts';
import { rememberedParts } from './settle-parts.ts';
import { synthesise } from './synthesis.ts';

/**
 * Moves the end of a lab: the janitor goes by the tags of its stacks, and attendees' roles end with it. Hosts are not touched, and nobody is let in
 * who was not before.
 */
export async function extendLab(context: LabContext, expires: Date, options: AwsOptions): Promise<void> {
  const { poll } = waitingOf(options);
  const where = await openAccount(context);
  const parts = rememberedParts(context);
  const deployed = await labStacks(where, context.state);
  if (parts === undefined || deployed.length === 0) throw awsErrors.LAB_NOT_DEPLOYED(context.lab.name);
  await settleStacks(where, deployed, context, poll);
  const later = { lab: context.lab, state: { ...context.state, expires: expires.toISOString() } };
  await using wanted = await synthesise(definitionOf(later, parts));
  const names = deployed.map(({ name }) => name).filter((name) => wanted.stacks.has(name));
  await deploy(where, wanted, context, { poll, only: names });
}

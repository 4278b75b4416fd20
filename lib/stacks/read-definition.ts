import { readFileSync } from 'node:fs';
import { errorText } from '../common/errors.ts';
import { checkDefinition } from './check-definition.ts';
import type { LabDefinition } from './lab-definition.ts';
import { stackErrors } from './stack-errors.ts';

/**
 * A lab's definition out of a JSON file, for the CDK's own CLI.
 *
 * @throws LAB_DEFINITION_UNREADABLE, LAB_DEFINITION_INVALID
 */
export function readDefinition(file: string): LabDefinition {
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw stackErrors.LAB_DEFINITION_UNREADABLE(file, errorText(error), { cause: error });
  }
  return checkDefinition(given, file);
}

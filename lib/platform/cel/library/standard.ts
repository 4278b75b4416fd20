import type { FunctionDeclaration } from '../types/declarations.ts';
import { CONVERSIONS } from './conversions.ts';
import { EXTENDED_STRINGS } from './extended-strings.ts';
import { OPERATORS } from './operators.ts';
import { OPTIONALS } from './optionals.ts';
import { SETS } from './sets.ts';
import { STRINGS } from './strings.ts';
import { TIMES } from './times.ts';

/** The functions of the specification, and the extensions of cel-go that everybody has. */
export const STANDARD: readonly FunctionDeclaration[] = [
  ...OPERATORS,
  ...CONVERSIONS,
  ...STRINGS,
  ...EXTENDED_STRINGS,
  ...TIMES,
  ...OPTIONALS,
  ...SETS,
];

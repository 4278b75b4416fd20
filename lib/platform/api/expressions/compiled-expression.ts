import type { Program } from '../../cel/environment.ts';
import { CompileError } from '../../cel/syntax/issues.ts';
import { BOOL, type CelType, NULL, STRING, typeName } from '../../cel/types/type.ts';
import { sameType } from '../../cel/types/unify.ts';
import { kubernetesEnvironment } from './environment.ts';

/** An expression as somebody wrote it: a program, or why it is none. */
export type CompiledExpression =
  | { readonly source: string; readonly program: Program; readonly problem?: undefined }
  | { readonly source: string; readonly program?: undefined; readonly problem: string };

/** The type of a variable by its name; undefined when there is none. */
export type Declarations = (name: string) => CelType | undefined;

export const BOOLEAN: readonly CelType[] = [BOOL];
export const TEXT: readonly CelType[] = [STRING];
export const TEXT_OR_NOTHING: readonly CelType[] = [STRING, NULL];

/** Compiles an expression that gives one of `returns` (anything, when there are none). The problem is told in Kubernetes' words. */
export function compileExpression(
  source: string,
  declarations: Declarations,
  returns: readonly CelType[] = [],
): CompiledExpression {
  let program: Program;
  try {
    program = kubernetesEnvironment().compile(source, declarations);
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { source, problem: `compilation failed: ${error.message}` };
  }
  if (returns.length === 0 || returns.some((type) => sameType(type, program.type))) return { source, program };
  const names = returns.map(typeName);
  const wanted = names.length === 1 ? `must evaluate to ${names[0]}` : `must evaluate to one of [${names.join(' ')}]`;
  return { source, problem: `${wanted} but got ${typeName(program.type)}` };
}

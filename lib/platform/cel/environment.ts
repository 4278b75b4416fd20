import { plan } from './runtime/plan.ts';
import type { Step } from './runtime/steps.ts';
import { type Activation, CostExceeded, Frame } from './runtime/frame.ts';
import { CompileError } from './syntax/issues.ts';
import { BIND_MACRO, type Macro, OPTIONAL_MACROS, STANDARD_MACROS, TWO_VARIABLE_MACROS } from './syntax/macros.ts';
import { parse } from './syntax/parser.ts';
import { check } from './types/checker.ts';
import { type FunctionDeclaration, functionTable, type Overload } from './types/declarations.ts';
import type { CelType } from './types/type.ts';
import { CelError, type Value } from './values/value.ts';
import { literalIssues } from './types/literals.ts';

export interface EnvironmentOptions {
  readonly functions: Iterable<FunctionDeclaration>;
  readonly macros?: readonly Macro[];
  /** @default true */
  readonly homogeneous?: boolean;
}

/** Every macro that there is. */
const MACROS: readonly Macro[] = [...STANDARD_MACROS, ...TWO_VARIABLE_MACROS, ...OPTIONAL_MACROS, BIND_MACRO];

/** What an evaluation came to: a value, or an error that is one; and what it cost. */
export interface Evaluation {
  readonly value: Value;
  readonly cost: number;
  /** It was stopped, since it would have cost more than its limit. */
  readonly exceeded: boolean;
}

/** A checked expression. Immutable; evaluations share nothing. */
export class Program {
  readonly type: CelType;
  /** The variables of the environment that it reads. */
  readonly variables: ReadonlySet<string>;
  readonly #run: Step;

  constructor(type: CelType, variables: ReadonlySet<string>, run: Step) {
    this.type = type;
    this.variables = variables;
    this.#run = run;
  }

  /** Never throws: what goes wrong is the value. */
  evaluate(activation: Activation, limit: number): Evaluation {
    const frame = new Frame(activation, limit);
    try {
      return { value: this.#run(frame), cost: frame.cost, exceeded: false };
    } catch (error) {
      if (error instanceof CostExceeded) return { value: new CelError(error.message), cost: frame.cost, exceeded: true };
      // A text longer than JavaScript has, or a value nested deeper than its stack.
      if (error instanceof RangeError) return { value: new CelError(new CostExceeded().message), cost: limit, exceeded: true };
      throw error;
    }
  }
}

/** A language: its functions and macros. Compiles expressions for variables that each use of it declares. */
export class Environment {
  readonly #functions: ReadonlyMap<string, readonly Overload[]>;
  readonly #macros: readonly Macro[];
  readonly #homogeneous: boolean;

  constructor({ functions, macros = MACROS, homogeneous = true }: EnvironmentOptions) {
    this.#functions = functionTable(functions);
    this.#macros = macros;
    this.#homogeneous = homogeneous;
  }

  /** Throws a CompileError that shows what is wrong, and where. `variable`: the type of a variable, by its name. */
  compile(source: string, variable: (name: string) => CelType | undefined): Program {
    const expr = parse(source, { macros: this.#macros, optionalSyntax: true });
    const checked = check(expr, { variable, functions: this.#functions, homogeneous: this.#homogeneous });
    const issues = checked.issues.length > 0 ? checked.issues : literalIssues(checked);
    if (issues.length > 0) throw new CompileError(source, issues);
    const names = [...checked.references.values()].flatMap((each) => (each.kind === 'variable' ? [each.name] : []));
    return new Program(checked.type, new Set(names), plan(expr, checked));
  }
}

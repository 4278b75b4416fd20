import { Environment } from '../../cel/environment.ts';
import { STANDARD } from '../../cel/library/standard.ts';
import { ADDRESSES } from './library/addresses.ts';
import { AUTHORIZERS } from './library/authorizers.ts';
import { LISTS } from './library/lists.ts';
import { NAMED_FORMATS } from './library/named-formats.ts';
import { QUANTITIES } from './library/quantities.ts';
import { SEARCHES } from './library/searches.ts';
import { SEMVERS } from './library/semvers.ts';
import { URLS } from './library/urls.ts';

let made: Environment | undefined;

/** The language of Kubernetes' expressions (apiserver/pkg/cel/environment). Made when the first expression is compiled. */
export function kubernetesEnvironment(): Environment {
  made ??= new Environment({
    functions: [
      ...STANDARD,
      ...LISTS,
      ...SEARCHES,
      ...URLS,
      ...QUANTITIES,
      ...ADDRESSES,
      ...NAMED_FORMATS,
      ...SEMVERS,
      ...AUTHORIZERS,
    ],
  });
  return made;
}

/** What one evaluation may cost (apiserver/pkg/apis/cel/config.go). */
export const CALL_LIMIT = 1_000_000;
/** What all expressions of one policy may cost for one object, and all rules of a schema. */
export const OBJECT_BUDGET = 10_000_000;
/** What all match conditions of one webhook or policy may cost. */
export const MATCH_CONDITIONS_BUDGET = OBJECT_BUDGET / 4;
/** Longer messages of expressions are not shown. */
export const MAX_MESSAGE = 5 * 1024;
/** What is said when a budget is used up. */
export const OUT_OF_BUDGET = 'validation failed due to running out of cost budget, no further validation rules will be run';

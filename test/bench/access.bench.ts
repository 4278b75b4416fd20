import { indexed, naive } from './access/contenders.ts';
import { compare, formatComparison } from './harness.ts';

/** One decision among 1,000 roles and 5,000 bindings, in nanoseconds, for 50 users in 100 namespaces; two of three are no matter of names. */
await using authorizer = await indexed();
const result = await compare({ title: 'who may what: ns per decision, and the part allowed', contenders: [naive(), authorizer] });
process.stdout.write(`${formatComparison(result)}\n`);

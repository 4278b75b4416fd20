import type { Queuing } from '../flow-rules.ts';
import type { KubeObject } from '../meta.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, forbidden, invalid, notSupported, required } from '../validation/causes.ts';
import { mandatoryLevels } from './bootstrap/priority-levels.ts';
import { validateConditions } from './condition-validation.ts';

const MOST_QUEUES = 10_000_000;
/** Bits of the hash that a hand is dealt from (apiserver/pkg/util/shufflesharding). */
const HASH_BITS = 60;

type Fields = Record<string, unknown>;

/** Texts and fields of pkg/apis/flowcontrol/validation/validation.go. */
export function validatePriorityLevel(object: KubeObject): StatusCause[] {
  const { name = '' } = object.metadata;
  const spec = (object.spec ?? {}) as Fields;
  const causes = validateSpec(name, spec);
  const fixed = mandatoryLevels.find((each) => each.metadata.name === name);
  if (fixed !== undefined && !deepEqual(spec, fixed.spec))
    causes.push(invalid('spec', spec, `spec of '${name}' must equal the fixed value`));
  return [...causes, ...validateConditions(object)];
}

function validateSpec(name: string, { type, limited, exempt }: Fields): StatusCause[] {
  const causes: StatusCause[] = [];
  if ((name === 'exempt') !== (type === 'Exempt'))
    causes.push(invalid('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'"));
  if (type === 'Exempt') {
    if (limited !== undefined) causes.push(forbidden('spec.limited', 'must be nil if the type is not Limited'));
    return [...causes, ...validateShares((exempt ?? {}) as Fields, 'spec.exempt')];
  }
  if (type !== 'Limited') return [...causes, notSupported('spec.type', type ?? '', ['Exempt', 'Limited'])];
  if (exempt !== undefined) causes.push(forbidden('spec.exempt', 'must be nil if the type is Limited'));
  if (limited === undefined) return [...causes, required('spec.limited', 'must not be empty when type is Limited')];
  return [...causes, ...validateLimited(limited as Fields)];
}

function validateShares({ nominalConcurrencyShares, lendablePercent }: Fields, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (Number(nominalConcurrencyShares ?? 0) < 0)
    causes.push(invalid(`${path}.nominalConcurrencyShares`, nominalConcurrencyShares, 'must be a non-negative integer'));
  const percent = Number(lendablePercent ?? 0);
  if (percent < 0 || percent > 100)
    causes.push(invalid(`${path}.lendablePercent`, lendablePercent, 'must be between 0 and 100, inclusive'));
  return causes;
}

function validateLimited(limited: Fields): StatusCause[] {
  const path = 'spec.limited';
  const causes = validateShares(limited, path);
  const { borrowingLimitPercent, limitResponse = {} } = limited;
  if (Number(borrowingLimitPercent ?? 0) < 0)
    causes.push(invalid(`${path}.borrowingLimitPercent`, borrowingLimitPercent, 'if specified, must be a non-negative integer'));
  const { type, queuing } = limitResponse as Fields;
  const where = `${path}.limitResponse`;
  if (type === 'Reject')
    return queuing === undefined
      ? causes
      : [...causes, forbidden(`${where}.queuing`, 'must be nil if limited.limitResponse.type is not Limited')];
  if (type !== 'Queue') return [...causes, notSupported(`${where}.type`, type ?? '', ['Queue', 'Reject'])];
  if (queuing === undefined)
    return [...causes, required(`${where}.queuing`, 'must not be empty if limited.limitResponse.type is Limited')];
  return [...causes, ...validateQueuing(queuing as Queuing, `${where}.queuing`)];
}

function validateQueuing({ queues, handSize, queueLengthLimit }: Queuing, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (queueLengthLimit <= 0) causes.push(invalid(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive'));
  if (queues <= 0) causes.push(invalid(`${path}.queues`, queues, 'must be positive'));
  else if (queues > MOST_QUEUES) causes.push(invalid(`${path}.queues`, queues, `must not be greater than ${MOST_QUEUES}`));
  if (handSize <= 0) causes.push(invalid(`${path}.handSize`, handSize, 'must be positive'));
  else if (handSize > queues) causes.push(invalid(`${path}.handSize`, handSize, `should not be greater than queues (${queues})`));
  else {
    const bits = entropyBits(queues, handSize);
    if (bits > HASH_BITS)
      causes.push(
        invalid(
          `${path}.handSize`,
          handSize,
          `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS}`,
        ),
      );
  }
  return causes;
}

/** Bits that tell all hands apart. Stops where the answer is no. */
function entropyBits(queues: number, handSize: number): number {
  let bits = 0;
  for (let i = 0; i < handSize && bits <= HASH_BITS; i++) bits += Math.log2(queues - i);
  return Math.ceil(bits);
}

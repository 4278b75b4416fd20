import { type CustomResourceDefinition, type DefinitionNames, isTrue } from '../../api/apiextensions/definition-types.ts';
import { approvalOf } from '../../api/apiextensions/definition-validation.ts';
import type { Condition } from '../core-types.ts';

type Shown = Omit<Condition, 'lastTransitionTime'>;

/** What a definition's status should say of its names. */
export interface NamingPlan {
  readonly acceptedNames: DefinitionNames;
  readonly conditions: readonly Shown[];
}

/**
 * Pure (apiextensions-apiserver's controller/status and controller/establish): gives a definition the names that it asks for and no other of its
 * group has. A name that it has once stays its own until it asks for another.
 */
export function planNames(object: CustomResourceDefinition, others: readonly CustomResourceDefinition[]): NamingPlan {
  const group = others.filter(({ spec }) => spec.group === object.spec.group).map(({ status }) => status?.acceptedNames ?? {});
  const resources = new Set(group.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames]));
  const kinds = new Set(group.flatMap(({ kind, listKind }) => [kind, listKind]));
  const wanted = object.spec.names ?? {};
  const had = object.status?.acceptedNames ?? {};
  const accepted: { -readonly [key in keyof DefinitionNames]: DefinitionNames[key] } = { ...had };
  let conflict: { reason: string; message: string } | undefined;
  const claim = (
    field: 'plural' | 'singular' | 'kind' | 'listKind',
    taken: ReadonlySet<string | undefined>,
    reason: string,
  ): void => {
    if (wanted[field] !== had[field] && taken.has(wanted[field]))
      conflict = { reason, message: `${JSON.stringify(wanted[field])} is already in use` };
    else if (wanted[field] !== undefined) accepted[field] = wanted[field];
  };
  claim('plural', resources, 'PluralConflict');
  claim('singular', resources, 'SingularConflict');
  const own = new Set([...(had.shortNames ?? []), had.plural, had.singular]);
  const taken = (wanted.shortNames ?? []).filter((name) => !own.has(name) && resources.has(name));
  if (taken.length > 0) conflict = { reason: 'ShortNamesConflict', message: listText(taken) };
  else accepted.shortNames = wanted.shortNames ?? [];
  claim('kind', kinds, 'KindConflict');
  claim('listKind', kinds, 'ListKindConflict');
  accepted.categories = wanted.categories ?? [];
  return { acceptedNames: withoutEmpty(accepted), conditions: [...naming(object, conflict), ...approval(object)] };
}

/** As Go joins errors. */
function listText(names: readonly string[]): string {
  const texts = names.map((name) => `${JSON.stringify(name)} is already in use`);
  return texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`;
}

const withoutEmpty = (names: DefinitionNames): DefinitionNames =>
  Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined && value.length > 0));

function naming(object: CustomResourceDefinition, conflict: { reason: string; message: string } | undefined): Shown[] {
  const names: Shown =
    conflict === undefined
      ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False', ...conflict };
  // What is established stays so: its objects are there.
  if (isTrue(object, 'Established')) return [names];
  const established: Shown =
    conflict === undefined
      ? { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }
      : { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
  return [names, established];
}

function approval(object: CustomResourceDefinition): Shown[] {
  const found = approvalOf(object);
  if (found === undefined) return [];
  const type = 'KubernetesAPIApprovalPolicyConformant';
  return [
    found.approved
      ? { type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${found.text}` }
      : { type, status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(found.text)}` },
  ];
}

import type { StatusCause } from '../status-error.ts';
import { invalid, required } from '../validation/causes.ts';
import type { BuildConfig, BuildTrigger, ImageReference, WebHookTrigger } from './build-types.ts';
import { validateFrom } from './image-reference-validation.ts';
import { fromOf } from './strategy-from.ts';

const WEBHOOKS: Readonly<Record<string, 'github' | 'generic' | 'gitlab' | 'bitbucket'>> = {
  GitHub: 'github',
  Generic: 'generic',
  GitLab: 'gitlab',
  Bitbucket: 'bitbucket',
};
/** How they were written in the first version; still read. */
const OLD_NAMES: Readonly<Record<string, string>> = {
  github: 'GitHub',
  generic: 'Generic',
  gitlab: 'GitLab',
  bitbucket: 'Bitbucket',
  imageChange: 'ImageChange',
};

/** `github` was written for `GitHub` once. */
export function normalizeTriggers(triggers: readonly BuildTrigger[]): void {
  for (const trigger of triggers) if (Object.hasOwn(OLD_NAMES, trigger.type)) trigger.type = OLD_NAMES[trigger.type]!;
}

/** What starts builds (openshift-apiserver, build validation.go validateTrigger). */
export function validateTriggers(spec: BuildConfig['spec'], path: string): StatusCause[] {
  const seen = new Set<string>();
  return (spec.triggers ?? []).flatMap((trigger, i) => {
    const at = `${path}[${i}]`;
    const causes = validateTrigger(trigger, fromOf(spec.strategy), at);
    if (trigger.type !== 'ImageChange') return causes;
    const from = trigger.imageChange?.from ?? fromOf(spec.strategy);
    const key = `${from?.namespace ?? ''}/${from?.name ?? ''}`;
    if (seen.has(key))
      causes.push(invalid(path, key, `multiple ImageChange triggers refer to the same image stream tag "${from?.name ?? ''}"`));
    seen.add(key);
    return causes;
  });
}

function validateTrigger(trigger: BuildTrigger, from: ImageReference | undefined, path: string): StatusCause[] {
  const { type = '' } = trigger as Partial<BuildTrigger>;
  if (type === '') return [required(`${path}.type`)];
  if (type === 'ConfigChange') return [];
  if (type === 'ImageChange') {
    const own = trigger.imageChange?.from;
    if (own !== undefined && own.kind !== 'ImageStreamTag' && own.kind !== undefined && own.kind !== '')
      return [
        invalid(
          `${path}.imageChange.from.kind`,
          own.kind,
          'only an ImageStreamTag type of reference is allowed in an ImageChange trigger.',
        ),
      ];
    if (own !== undefined) return validateFrom({ ...own, kind: 'ImageStreamTag' }, `${path}.imageChange.from`);
    return from?.kind === 'ImageStreamTag'
      ? []
      : [
          invalid(
            `${path}.imageChange`,
            from?.kind ?? '',
            'only an ImageStreamTag type of reference is allowed in an ImageChange trigger.',
          ),
        ];
  }
  if (!Object.hasOwn(WEBHOOKS, type)) return [invalid(`${path}.type`, type, 'invalid trigger type')];
  const field = WEBHOOKS[type]!;
  const hook = trigger[field];
  return hook === undefined ? [required(`${path}.${field}`)] : validateWebHook(hook, `${path}.${field}`, type === 'Generic');
}

function validateWebHook(
  { secret = '', secretReference, allowEnv }: WebHookTrigger,
  path: string,
  generic: boolean,
): StatusCause[] {
  const causes: StatusCause[] = [];
  if (secret === '' && !secretReference?.name)
    causes.push(invalid(path, '', 'must provide a value for at least one of secret or secretReference'));
  if (!generic && allowEnv === true) causes.push(invalid(`${path}.allowEnv`, allowEnv, 'git webhooks cannot allow env vars'));
  return causes;
}

import { validateResources } from '../core/pod/resources-validation.ts';
import type { StatusCause } from '../status-error.ts';
import { deepEqual, duplicate, invalid, notNegative, required } from '../validation/causes.ts';
import { qualifiedName } from '../validation/names.ts';
import { type Build, type BuildConfig, type BuildOutput, type CommonSpec, isFinished } from './build-types.ts';
import { isGitRef } from './git-url.ts';
import { validateTo } from './image-reference-validation.ts';
import { requireName, validateSource } from './source-validation.ts';
import { validateStrategy } from './strategy-validation.ts';
import { validateTriggers } from './trigger-validation.ts';

const RUN_POLICIES = ['Parallel', 'Serial', 'SerialLatestOnly'];

/** What builds and build configs have in common (openshift-apiserver, build validation.go). */
function validateCommonSpec(spec: CommonSpec, path: string): StatusCause[] {
  const { source = {}, strategy, output = {}, postCommit = {}, completionDeadlineSeconds: deadline, resources } = spec;
  const causes: StatusCause[] = [];
  const { git, binary, dockerfile, images = [] } = source;
  if (
    strategy.dockerStrategy !== undefined &&
    git === undefined &&
    binary === undefined &&
    dockerfile === undefined &&
    images.length === 0
  )
    causes.push(
      invalid(`${path}.source`, '', 'must provide a value for at least one source input(git, binary, dockerfile, images).'),
    );
  if (deadline !== undefined && deadline <= 0)
    causes.push(
      invalid(
        `${path}.completionDeadlineSeconds`,
        deadline,
        'completionDeadlineSeconds must be a positive integer greater than 0',
      ),
    );
  causes.push(...validateSource(source, `${path}.source`), ...validateStrategy(strategy, `${path}.strategy`));
  const commit = spec.revision?.git?.commit ?? '';
  if (commit !== '' && !isGitRef(commit)) causes.push(invalid(`${path}.revision.git.commit`, commit, 'must be a commit'));
  causes.push(...validateOutput(output, `${path}.output`), ...validateResources(resources, `${path}.resources`));
  const { command = [], script = '' } = postCommit;
  if (command.length > 0 && script !== '')
    causes.push(invalid(`${path}.postCommit`, postCommit, 'cannot use command and script together'));
  return causes;
}

function validateOutput({ to, pushSecret, imageLabels = [] }: BuildOutput, path: string): StatusCause[] {
  const causes = [...(to === undefined ? [] : validateTo(to, `${path}.to`)), ...requireName(pushSecret, `${path}.pushSecret`)];
  const seen = new Set<string>();
  imageLabels.forEach(({ name = '' }, i) => {
    const at = `${path}.imageLabels[${i}].name`;
    if (name === '') causes.push(required(at));
    else if (seen.has(name)) causes.push(duplicate(at, name));
    else causes.push(...qualifiedName(name).map((problem) => invalid(at, name, problem)));
    seen.add(name);
  });
  return causes;
}

/** The rules that a build shares with configs. */
export const validateBuild = ({ spec }: Build): StatusCause[] => validateCommonSpec(spec, 'spec');

/** OpenShift's rules (openshift-apiserver, apis/build/validation), with what is not supported here. */
export function validateBuildConfig({ spec }: BuildConfig): StatusCause[] {
  return [
    ...(RUN_POLICIES.includes(spec.runPolicy ?? 'Serial')
      ? []
      : [invalid('spec.runPolicy', spec.runPolicy, 'run policy must Parallel, Serial, or SerialLatestOnly')]),
    ...notNegative('spec.successfulBuildsHistoryLimit', spec.successfulBuildsHistoryLimit),
    ...notNegative('spec.failedBuildsHistoryLimit', spec.failedBuildsHistoryLimit),
    ...validateCommonSpec(spec, 'spec'),
    ...validateTriggers(spec, 'spec.triggers'),
  ];
}

/** A build is what it was made for; and where it has ended it stays. */
export function validateBuildUpdate(build: Build, old: Build): StatusCause[] {
  const causes = deepEqual(build.spec, old.spec)
    ? []
    : [invalid('spec', 'content of spec is not printed out, please refer to the "details"', 'spec is immutable')];
  return [...causes, ...validatePhase(build, old)];
}

/** A build that has ended stays as it has ended. */
export const validatePhase = (build: Build, old: Build): StatusCause[] =>
  isFinished(old) && build.status?.phase !== old.status?.phase
    ? [invalid('status.phase', build.status?.phase, 'phase cannot be updated from a terminal state')]
    : [];

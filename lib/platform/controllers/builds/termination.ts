import type { GitRevision, StageInfo } from '../../api/build/build-types.ts';
import { type BuildFailure, type BuildTermination, TERMINATION_LIMIT } from '../../builds/contract.ts';

const REASONS: readonly string[] = [
  'FetchSourceFailed',
  'InvalidContextDirectory',
  'ManageDockerfileFailed',
  'FetchImageContentFailed',
  'PullBuilderImageFailed',
  'AssembleFailed',
  'DockerBuildFailed',
  'PostCommitHookFailed',
  'PushImageToRegistryFailed',
  'OutOfMemoryKilled',
  'GenericBuildFailed',
] satisfies readonly BuildFailure[];
const LONGEST_MESSAGE = 1000;
const TAIL_LINES = 10;
const MOST_STAGES = 10;

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a container of a build says of its end. Whoever is in the container may write it: what is not as agreed is left out. A text
 * that is no JSON is the end of the log, which the kubelet takes when a container has left no word.
 */
export function readTermination(text: string | undefined): BuildTermination {
  if (text === undefined || text === '' || text.length > TERMINATION_LIMIT) return {};
  const said = parsed(text);
  if (said === undefined) return { logTail: lastLines(text) };
  const { reason, message, imageDigest, outputReference, revision, stages, logTail } = said;
  return {
    ...(typeof reason === 'string' && REASONS.includes(reason) ? { reason: reason as BuildFailure } : {}),
    ...(typeof message === 'string' ? { message: message.slice(0, LONGEST_MESSAGE) } : {}),
    ...(typeof imageDigest === 'string' && /^sha256:[0-9a-f]{64}$/.test(imageDigest) ? { imageDigest } : {}),
    ...(typeof outputReference === 'string' ? { outputReference } : {}),
    ...(isFields(revision) ? { revision: readRevision(revision) } : {}),
    ...(Array.isArray(stages) ? { stages: stages.filter(isFields).slice(0, MOST_STAGES).flatMap(readStage) } : {}),
    ...(typeof logTail === 'string' ? { logTail: lastLines(logTail) } : {}),
  };
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, LONGEST_MESSAGE) : '');

function readRevision({ commit, author, committer, message }: Fields): GitRevision {
  const person = (value: unknown): { name: string; email: string } => {
    const { name, email } = isFields(value) ? value : {};
    return { name: textOf(name), email: textOf(email) };
  };
  return {
    ...(/^[0-9a-f]{7,64}$/.test(textOf(commit)) ? { commit: textOf(commit) } : {}),
    author: person(author),
    committer: person(committer),
    message: textOf(message),
  };
}

function readStage({ name, startTime, durationMilliseconds, steps }: Fields): StageInfo[] {
  if (typeof name !== 'string' || !/^\w{1,50}$/.test(name)) return [];
  const start = Date.parse(textOf(startTime));
  return [
    {
      name,
      ...(Number.isNaN(start) ? {} : { startTime: `${new Date(start).toISOString().slice(0, 19)}Z` }),
      ...(Number.isSafeInteger(durationMilliseconds) ? { durationMilliseconds: durationMilliseconds as number } : {}),
      ...(Array.isArray(steps) ? { steps: steps.filter(isFields).slice(0, MOST_STAGES).flatMap(readStage) } : {}),
    },
  ];
}

/** What is shown of a log in a status. */
const lastLines = (text: string): string => text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n').slice(-LONGEST_MESSAGE);

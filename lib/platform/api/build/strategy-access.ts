import type { StrategyContext } from '../strategy.ts';
import { newForbidden } from '../status-error.ts';
import type { Build, BuildConfig } from './build-types.ts';

const GROUP = 'build.openshift.io';
const PERMISSIONS: Readonly<Record<string, string>> = {
  Docker: 'docker',
  Source: 'source',
  Custom: 'custom',
  JenkinsPipeline: 'jenkinspipeline',
};

/**
 * Builds of a strategy are for those who may create `builds/docker`, `builds/source`: administrators take that away where they do not
 * trust what people put into their Dockerfiles (openshift-apiserver admission BuildByStrategy). Throws 403.
 */
export async function requireStrategy(
  { user, access }: Pick<StrategyContext, 'user' | 'access'>,
  resource: 'builds' | 'buildconfigs',
  { metadata: { namespace = '', name = '' }, spec }: Build | BuildConfig,
): Promise<void> {
  const { type = '' } = spec.strategy;
  // Validation has its say about what is no strategy.
  if (!Object.hasOwn(PERMISSIONS, type)) return;
  const subresource = PERMISSIONS[type]!;
  const question = { verb: 'create', group: GROUP, version: 'v1', resource: 'builds', subresource, namespace };
  if ((await access.authorize(user, question)).allowed) return;
  throw newForbidden({ group: GROUP, resource }, name, `build strategy ${type} is not allowed`);
}

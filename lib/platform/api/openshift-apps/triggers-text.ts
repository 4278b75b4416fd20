import type { DeploymentConfig, ImageChangeParams } from './deployment-config-types.ts';

/** What starts rollouts, as `get` shows it: `config,image(web:latest)` (openshift printers printDeploymentConfig). */
export function triggersText({ spec }: DeploymentConfig): string {
  const names = new Set((spec.template?.spec.containers ?? []).map(({ name }) => name));
  const texts = (spec.triggers ?? []).flatMap(({ type, imageChangeParams }) => {
    if (type === 'ConfigChange') return ['config'];
    if (type !== 'ImageChange') return [type ?? ''];
    return imageChangeParams?.automatic === true ? [imageText(imageChangeParams, names)] : [];
  });
  return [...new Set(texts)].sort().join(',');
}

/** The containers are named where the template has others beside them. */
function imageText({ containerNames = [], from }: ImageChangeParams, names: ReadonlySet<string>): string {
  const others = [...names].some((name) => !containerNames.includes(name));
  const prefix = names.size > 1 && others ? `${[...containerNames].sort().join(',')}:` : '';
  return `${prefix}image(${from.name ?? ''})`;
}

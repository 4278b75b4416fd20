import { deepEqual } from '../validation/causes.ts';
import type { DeploymentCause, DeploymentConfig } from './deployment-config-types.ts';
import { imageTriggers } from './image-changes.ts';

const hasTrigger = ({ spec }: DeploymentConfig, type: 'ConfigChange' | 'ImageChange'): boolean =>
  (spec.triggers ?? []).some((trigger) => trigger.type === type);

/**
 * Why a new version should begin by itself; none: there is no reason. `latest`: the config of the version that is there, undefined before the
 * first one. (openshift-controller-manager apps triggerActivated)
 */
export function changeCauses(config: DeploymentConfig, latest: DeploymentConfig | undefined): DeploymentCause[] {
  const images = imageTriggers(config);
  const onConfig = hasTrigger(config, 'ConfigChange');
  if (latest === undefined) {
    // The first one waits until all images are known.
    if (images.length > 0)
      return images.every(({ lastTriggeredImage = '' }) => lastTriggeredImage !== '') ? imageCauses(images) : [];
    return onConfig ? [{ type: 'ConfigChange' }] : [];
  }
  const changed = images.filter((params) => params.automatic === true && params.lastTriggeredImage !== lastImage(params, latest));
  if (changed.length > 0) return imageCauses(changed);
  return onConfig && !deepEqual(config.spec.template, latest.spec.template) ? [{ type: 'ConfigChange' }] : [];
}

/** What the same trigger had brought when the version began. */
function lastImage({ from }: ReturnType<typeof imageTriggers>[number], latest: DeploymentConfig): string | undefined {
  const same = imageTriggers(latest).find((each) => each.from.name === from.name && each.from.namespace === from.namespace);
  return same?.lastTriggeredImage;
}

const imageCauses = (images: ReturnType<typeof imageTriggers>): DeploymentCause[] =>
  images.map(({ from }) => ({ type: 'ImageChange', imageTrigger: { from } }));

const TEXTS: Readonly<Record<string, string>> = {
  ConfigChange: 'config change',
  ImageChange: 'image change',
  Manual: 'manual change',
};

/** As `status.details.message` says it. */
export const causesText = (causes: readonly DeploymentCause[]): string => TEXTS[causes[0]?.type ?? ''] ?? 'change';

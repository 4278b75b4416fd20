import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../../lib/platform/api/meta.ts';
import { registryDeployment } from '../../../../lib/platform/registry/registry-objects.ts';
import type { RegistrySettings } from '../../../../lib/platform/registry/registry-settings.ts';
import { routerDeployment } from '../../../../lib/platform/router/router-objects.ts';
import type { RouterSettings } from '../../../../lib/platform/router/router-settings.ts';

interface Probe {
  readonly initialDelaySeconds?: number;
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

const components: Readonly<Record<string, KubeObject>> = {
  registry: registryDeployment({ image: 'registry:3' } as RegistrySettings, { metadata: {}, data: {} } as never),
  router: routerDeployment({ image: 'router:1', folder: '/router' } as RouterSettings),
};

for (const [name, { spec }] of Object.entries(components))
  test(`the ${name} has five minutes to start before it is begun again, and is ready as soon as it answers`, () => {
    const [container] = spec!['template'].spec.containers as { livenessProbe: Probe; readinessProbe: Probe }[];
    const { livenessProbe, readinessProbe } = container!;
    const givenUp = livenessProbe.initialDelaySeconds! + (livenessProbe.failureThreshold - 1) * livenessProbe.periodSeconds;
    assert.ok(givenUp >= 300, `given up after ${givenUp} s`);
    assert.equal(readinessProbe.initialDelaySeconds, undefined);
    assert.ok(livenessProbe.failureThreshold * livenessProbe.periodSeconds <= 60);
  });

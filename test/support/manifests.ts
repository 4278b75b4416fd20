import { readFileSync } from 'node:fs';
import type { KubeObject } from '../../lib/platform/api/meta.ts';
import { join } from 'node:path';
import { packageRoot } from '../../lib/common/assets.ts';
import { WEB_A } from './images.ts';

/** Path of a file below docs/examples. */
export const examplePath = (name: string): string => join(packageRoot(), 'docs', 'examples', name);

/** An example's text with its `change-me` replaced, as a reader would. */
export function exampleText(name: string, token: string): string {
  return readFileSync(examplePath(name), 'utf8').replaceAll('change-me', token);
}

export interface WebPodOptions {
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly token?: string;
  /** Merged into the spec. */
  readonly spec?: object;
  /** Merged into the only container. */
  readonly container?: object;
}

/** A pod of a test image. */
export function webPod(name: string, options: WebPodOptions = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name, ...options.labels } },
    spec: podSpec(options),
  } as KubeObject;
}

/** A pod that runs one shell script and, unless told otherwise, is not started again. */
export function scriptPod(name: string, script: string, options: WebPodOptions = {}): KubeObject {
  return webPod(name, {
    ...options,
    spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, ...options.spec },
    container: { command: ['sh', '-c', script], readinessProbe: undefined, ...options.container },
  });
}

/** A replication controller of a test image that selects `app: NAME`. */
export function webController(name: string, replicas: number, options: WebPodOptions = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas,
      selector: { app: name },
      template: { metadata: { labels: { app: name, ...options.labels } }, spec: podSpec(options) },
    },
  } as KubeObject;
}

function podSpec(options: WebPodOptions): object {
  return {
    terminationGracePeriodSeconds: 5,
    ...options.spec,
    containers: [
      {
        name: 'web',
        image: options.image ?? WEB_A,
        imagePullPolicy: 'IfNotPresent',
        ports: [{ name: 'http', containerPort: 8080 }],
        env: [{ name: 'TOKEN', value: options.token ?? 'none' }],
        // A busy machine answers late: that is no reason to send the pod nothing more.
        readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1, timeoutSeconds: 10 },
        ...options.container,
      },
    ],
  };
}

import type { ImageReference } from '../api/build/build-types.ts';
import type { KubeObject } from '../api/meta.ts';
import { IMAGE_TRIGGERS } from '../api/openshift-apps/image-changes.ts';
import type { ResourceRef } from '../api/verbs.ts';
import { APP_PORT, labelsOf } from './application.ts';

/** What an application is made of. */
export const APP_RESOURCES = {
  imageStream: { group: 'image.openshift.io', version: 'v1', resource: 'imagestreams' },
  secret: { group: '', version: 'v1', resource: 'secrets' },
  buildConfig: { group: 'build.openshift.io', version: 'v1', resource: 'buildconfigs' },
  deployment: { group: 'apps', version: 'v1', resource: 'deployments' },
  /** What earlier versions of this program made in place of a deployment. */
  deploymentConfig: { group: 'apps.openshift.io', version: 'v1', resource: 'deploymentconfigs' },
  service: { group: '', version: 'v1', resource: 'services' },
  route: { group: 'route.openshift.io', version: 'v1', resource: 'routes' },
} as const;

export interface AppParts {
  readonly name: string;
  readonly namespace: string;
  /** Where builds fetch the source. */
  readonly uri: string;
  /** What it is built with. */
  readonly builder: ImageReference;
  /** The image that `builder` is now, where it is a tag that can be followed: the first build is the first push's, not this image's. */
  readonly builderImage?: string;
}

/** Name of the secret by which the project's builder reads the source. */
export const sourceSecretName = (name: string): string => `${name}-source`;

/** The objects of an application, each with where it belongs, in the order in which they are made. */
export function appObjects(parts: AppParts): readonly (readonly [ResourceRef, KubeObject])[] {
  const { name, namespace } = parts;
  const labels = labelsOf(name);
  const metadata = { name, namespace, labels };
  const latest = { kind: 'ImageStreamTag', name: `${name}:latest` };
  const selector = { app: name, deployment: name };
  const object = (kind: keyof typeof APP_RESOURCES, named: string, body: object): readonly [ResourceRef, KubeObject] => [
    { ...APP_RESOURCES[kind], namespace, name: named },
    body as KubeObject,
  ];
  return [
    object('imageStream', name, { apiVersion: 'image.openshift.io/v1', kind: 'ImageStream', metadata }),
    object('secret', sourceSecretName(name), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        ...metadata,
        name: sourceSecretName(name),
        annotations: { 'kubernetes.io/service-account.name': 'builder' },
      },
      type: 'kubernetes.io/service-account-token',
    }),
    object('buildConfig', name, {
      apiVersion: 'build.openshift.io/v1',
      kind: 'BuildConfig',
      metadata,
      spec: {
        source: { type: 'Git', git: { uri: parts.uri }, sourceSecret: { name: sourceSecretName(name) } },
        strategy: { type: 'Source', sourceStrategy: { from: parts.builder } },
        output: { to: latest },
        triggers:
          parts.builderImage === undefined
            ? []
            : [{ type: 'ImageChange', imageChange: { lastTriggeredImageID: parts.builderImage } }],
      },
    }),
    object('deployment', name, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, annotations: { [IMAGE_TRIGGERS]: imageTriggers(name, latest) } },
      spec: {
        replicas: 1,
        selector: { matchLabels: selector },
        template: { metadata: { labels: { ...labels, ...selector } }, spec: { containers: [container(name)] } },
      },
    }),
    object('service', name, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector, ports: [{ name: 'http', port: APP_PORT, targetPort: APP_PORT, protocol: 'TCP' }] },
    }),
    object('route', name, {
      apiVersion: 'route.openshift.io/v1',
      kind: 'Route',
      metadata,
      spec: { to: { kind: 'Service', name }, port: { targetPort: 'http' } },
    }),
  ];
}

/** As `oc new-app` writes them: the container follows the tag. */
const imageTriggers = (name: string, from: ImageReference): string =>
  JSON.stringify([{ from, fieldPath: `spec.template.spec.containers[?(@.name=="${name}")].image` }]);

/** Its image comes with the first build (the trigger fills it in). Nobody is sent to a pod before it listens. */
const container = (name: string): object => ({
  name,
  image: ' ',
  ports: [{ containerPort: APP_PORT, protocol: 'TCP' }],
  readinessProbe: { tcpSocket: { port: APP_PORT }, periodSeconds: 1 },
  // Until the router has heard that the pod goes: a push loses no request.
  lifecycle: { preStop: { exec: { command: ['sleep', '3'] } } },
});

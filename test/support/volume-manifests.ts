import { WEB_A } from './images.ts';

/** A claim of a gibibyte, of the default class unless told. */
export const claim = (name: string, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
});

/** A pod that runs a script, with volumes at /NAME, and then stays until it is asked to end. */
export const podWith = (
  name: string,
  volumes: readonly { readonly name: string; readonly [source: string]: unknown }[],
  script: string,
  more: { readonly spec?: object; readonly mounts?: readonly object[] } = {},
): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 2,
    containers: [
      {
        name: 'main',
        image: WEB_A,
        imagePullPolicy: 'IfNotPresent',
        command: ['sh', '-c', `${script}; trap 'exit 0' TERM; sleep 10000 & wait`],
        volumeMounts: more.mounts ?? volumes.map((volume) => ({ name: volume.name, mountPath: `/${volume.name}` })),
      },
    ],
    volumes,
    ...more.spec,
  },
});

export const claimVolume = (
  name: string,
  claimName: string,
  readOnly = false,
): { name: string; persistentVolumeClaim: object } => ({
  name,
  persistentVolumeClaim: { claimName, readOnly },
});

import type { WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';

interface Change {
  readonly command: string;
  readonly path: string;
  readonly patch: object;
  /** What is there afterwards. */
  readonly reads: object;
}

/** All of them read the object and send the difference. */
const change = ({ command, path, patch, reads }: Change): WireFlow => ({
  command,
  steps: [
    { call: `GET ${path}`, membersOnly: true, status: 200 },
    { call: `PATCH ${path}`, patch: 'strategic', json: patch, membersOnly: true, status: 200, reads } satisfies WireStep,
  ],
});

/** On the deployment config, build config and route of new-app. */
export const sets = (project: string): WireFlow[] => {
  const config = `/apis/apps.openshift.io/v1/namespaces/${project}/deploymentconfigs/site`;
  const builds = `/apis/build.openshift.io/v1/namespaces/${project}/buildconfigs/site`;
  const container = (fields: object): object => ({
    spec: {
      template: { spec: { '$setElementOrder/containers': [{ name: 'site' }], containers: [{ name: 'site', ...fields }] } },
    },
  });
  const probe = { failureThreshold: 3, httpGet: { path: '/', port: 8080, scheme: 'HTTP' } };
  const claim = { name: 'data', emptyDir: {} };
  return [
    change({
      command: 'oc set probe dc/site --readiness --get-url=http://:8080/',
      path: config,
      patch: container({ readinessProbe: probe }),
      reads: {
        spec: {
          template: {
            spec: { containers: [{ name: 'site', readinessProbe: { ...probe, periodSeconds: 10, timeoutSeconds: 1 } }] },
          },
        },
      },
    }),
    change({
      command: 'oc set resources dc/site --limits=memory=64Mi',
      path: config,
      patch: container({ resources: { limits: { memory: '64Mi' } } }),
      reads: { spec: { template: { spec: { containers: [{ resources: { limits: { memory: '64Mi' } } }] } } } },
    }),
    change({
      command: 'oc set volume dc/site --add --name=data --mount-path=/data',
      path: config,
      patch: {
        spec: {
          template: {
            spec: {
              '$setElementOrder/containers': [{ name: 'site' }],
              '$setElementOrder/volumes': [{ name: 'data' }],
              containers: [{ name: 'site', volumeMounts: [{ mountPath: '/data', name: 'data' }] }],
              volumes: [claim],
            },
          },
        },
      },
      reads: {
        spec: {
          template: { spec: { containers: [{ volumeMounts: [{ mountPath: '/data', name: 'data' }] }], volumes: [claim] } },
        },
      },
    }),
    change({
      command: 'oc set triggers dc/site --manual',
      path: config,
      patch: {
        spec: {
          triggers: [
            {
              type: 'ImageChange',
              imageChangeParams: {
                containerNames: ['site'],
                from: { kind: 'ImageStreamTag', name: 'ruby:3', namespace: project },
              },
            },
          ],
        },
      },
      reads: { spec: { triggers: [{ type: 'ImageChange', imageChangeParams: { containerNames: ['site'] } }] } },
    }),
    change({
      command: 'oc set deployment-hook dc/site --pre -- /bin/true',
      path: config,
      patch: {
        spec: {
          strategy: {
            rollingParams: { pre: { execNewPod: { command: ['/bin/true'], containerName: 'site' }, failurePolicy: 'Ignore' } },
          },
        },
      },
      reads: {
        spec: { strategy: { rollingParams: { pre: { failurePolicy: 'Ignore', execNewPod: { containerName: 'site' } } } } },
      },
    }),
    change({
      command: 'oc set build-hook bc/site --post-commit --script=true',
      path: builds,
      patch: { spec: { postCommit: { script: 'true' } } },
      reads: { spec: { postCommit: { script: 'true' } } },
    }),
    change({
      command: 'oc set build-secret bc/site --source keys',
      path: builds,
      patch: { spec: { source: { sourceSecret: { name: 'keys' } } } },
      reads: { spec: { source: { sourceSecret: { name: 'keys' } } } },
    }),
    change({
      command: 'oc set image-lookup ruby',
      path: `/apis/image.openshift.io/v1/namespaces/${project}/imagestreams/ruby`,
      patch: { spec: { lookupPolicy: { local: true } } },
      reads: { spec: { lookupPolicy: { local: true } } },
    }),
    change({
      command: 'oc set route-backends site site=90% front=10%',
      path: `/apis/route.openshift.io/v1/namespaces/${project}/routes/site`,
      patch: { spec: { alternateBackends: [{ kind: 'Service', name: 'front', weight: 10 }], to: { weight: 90 } } },
      reads: { spec: { to: { name: 'site', weight: 90 }, alternateBackends: [{ kind: 'Service', name: 'front', weight: 10 }] } },
    }),
  ];
};

/** What a webhook's address is put together of. */
export const listWebhooks = (project: string): WireFlow => ({
  command: 'oc start-build site --list-webhooks=all',
  steps: [
    {
      call: `GET /apis/build.openshift.io/v1/namespaces/${project}/buildconfigs/site`,
      membersOnly: true,
      status: 200,
      check: ({ object }) =>
        object.spec.triggers.some(
          ({ type, generic }: { type: string; generic?: { secret: string } }) =>
            type === 'Generic' && generic?.secret === 'push-me-too',
        ),
    },
  ],
});

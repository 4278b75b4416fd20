import { absent, all, asList, zeroOrAbsent, type Rule, type Rules } from './rule.ts';

const rbacSubject: Rule = (object) => {
  if (object.apiGroup === undefined && (object.kind === 'User' || object.kind === 'Group'))
    object.apiGroup = 'rbac.authorization.k8s.io';
};

const networkPolicySpec: Rule = (object) => {
  object.policyTypes ??= asList(object.egress).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
};

const rbacRef = zeroOrAbsent({ apiGroup: 'rbac.authorization.k8s.io' });

const webhook: Rule = absent({
  failurePolicy: 'Fail',
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  timeoutSeconds: 10,
});

const level = 'io.k8s.api.flowcontrol.v1.';

/** Of access, networking, storage, admission, priorities and what extends the API. */
export const clusterDefaults: Rules = {
  'io.k8s.api.networking.v1.NetworkPolicySpec': networkPolicySpec,
  'io.k8s.api.networking.v1.NetworkPolicyPort': absent({ protocol: 'TCP' }),
  'io.k8s.api.rbac.v1.RoleRef': rbacRef,
  'io.k8s.api.rbac.v1.Subject': rbacSubject,
  'io.k8s.api.storage.v1.StorageClass': absent({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  'io.k8s.api.storage.v1.CSIDriverSpec': absent({
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    volumeLifecycleModes: ['Persistent'],
    requiresRepublish: false,
    seLinuxMount: false,
  }),
  'io.k8s.api.admissionregistration.v1.ValidatingWebhook': webhook,
  'io.k8s.api.admissionregistration.v1.MutatingWebhook': all(webhook, absent({ reinvocationPolicy: 'Never' })),
  'io.k8s.api.admissionregistration.v1.ServiceReference': absent({ port: 443 }),
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference': absent({ port: 443 }),
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference': absent({ port: 443 }),
  'io.k8s.api.admissionregistration.v1.Rule': absent({ scope: '*' }),
  'io.k8s.api.admissionregistration.v1.RuleWithOperations': absent({ scope: '*' }),
  [`${level}FlowSchemaSpec`]: zeroOrAbsent({ matchingPrecedence: 1000 }),
  [`${level}ExemptPriorityLevelConfiguration`]: absent({ nominalConcurrencyShares: 0, lendablePercent: 0 }),
  [`${level}LimitedPriorityLevelConfiguration`]: absent({ nominalConcurrencyShares: 30, lendablePercent: 0 }),
  [`${level}QueuingConfiguration`]: zeroOrAbsent({ queues: 64, handSize: 8, queueLengthLimit: 50 }),
  'io.k8s.api.scheduling.v1.PriorityClass': absent({ preemptionPolicy: 'PreemptLowerPriority' }),
};

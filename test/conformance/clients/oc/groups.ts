import type { WireFlow, WireStep } from '../../../support/wire/wire-flow.ts';

const GROUPS = '/apis/user.openshift.io/v1/groups';

const read = (name: string): WireStep => ({
  call: `GET ${GROUPS}/${name}`,
  membersOnly: true,
  status: 200,
  keep: ({ object }) => ({ group: object }),
});

/** Users are names: they need not have been here. */
export const groups = (name: string): WireFlow => ({
  command: `oc adm groups new ${name} alice; oc adm groups add-users ${name} carol; oc adm groups remove-users ${name} alice; oc delete group ${name}`,
  steps: [
    {
      call: `POST ${GROUPS}`,
      json: {
        kind: 'Group',
        apiVersion: 'user.openshift.io/v1',
        metadata: { name, creationTimestamp: null },
        users: ['alice'],
      },
      membersOnly: true,
      status: 201,
      reads: { kind: 'Group', users: ['alice'] },
    },
    read(name),
    ({ group }) => ({
      call: `PUT ${GROUPS}/${name}`,
      json: { ...group, users: [...group.users, 'carol'] },
      membersOnly: true,
      status: 200,
      reads: { users: ['alice', 'carol'] },
    }),
    {
      call: `GET ${GROUPS}?limit=500`,
      accept: 'table',
      membersOnly: true,
      status: 200,
      reads: { columnDefinitions: [{ name: 'Name' }, { name: 'Users' }], rows: [{ cells: [name, 'alice, carol'] }] },
    },
    read(name),
    ({ group }) => ({
      call: `PUT ${GROUPS}/${name}`,
      json: { ...group, users: ['carol'] },
      membersOnly: true,
      status: 200,
      reads: { users: ['carol'] },
    }),
    // As somebody else has read it before.
    ({ group }) => ({
      call: `PUT ${GROUPS}/${name}`,
      json: group,
      status: 409,
      reads: { kind: 'Status', reason: 'Conflict', details: { group: 'user.openshift.io', kind: 'groups', name } },
    }),
    { call: `DELETE ${GROUPS}/${name}`, json: { propagationPolicy: 'Background' }, membersOnly: true, status: 200 },
    { call: `GET ${GROUPS}/${name}`, status: 404, reads: { reason: 'NotFound' } },
  ],
});

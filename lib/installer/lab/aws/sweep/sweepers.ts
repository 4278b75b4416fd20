import type { Sweeper } from './sweeper.ts';
import { buckets } from './types/buckets.ts';
import { elasticAddresses } from './types/elastic-addresses.ts';
import { images } from './types/images.ts';
import { instanceProfiles } from './types/instance-profiles.ts';
import { instances } from './types/instances.ts';
import { internetGateways } from './types/internet-gateways.ts';
import { keyPairs } from './types/key-pairs.ts';
import { launchTemplates } from './types/launch-templates.ts';
import { logGroups } from './types/log-groups.ts';
import { natGateways } from './types/nat-gateways.ts';
import { networkAcls } from './types/network-acls.ts';
import { networkInterfaces } from './types/network-interfaces.ts';
import { parameters } from './types/parameters.ts';
import { policies } from './types/policies.ts';
import { roles } from './types/roles.ts';
import { routeTables } from './types/route-tables.ts';
import { schedules } from './types/schedules.ts';
import { securityGroupRules } from './types/security-group-rules.ts';
import { securityGroups } from './types/security-groups.ts';
import { snapshots } from './types/snapshots.ts';
import { subnets } from './types/subnets.ts';
import { users } from './types/users.ts';
import { volumes } from './types/volumes.ts';
import { vpcEndpoints } from './types/vpc-endpoints.ts';
import { vpcs } from './types/vpcs.ts';

/** Everything that a lab is made of or that may have come to be in it, in the order in which it goes: nothing before what it depends on. */
export const sweepers: readonly Sweeper[] = [
  // What would make something, and who could.
  schedules,
  users,
  // What costs most, and holds on to everything else.
  instances,
  natGateways,
  vpcEndpoints,
  networkInterfaces,
  elasticAddresses,
  volumes,
  images,
  snapshots,
  keyPairs,
  launchTemplates,
  securityGroupRules,
  securityGroups,
  internetGateways,
  routeTables,
  subnets,
  networkAcls,
  vpcs,
  instanceProfiles,
  roles,
  policies,
  parameters,
  logGroups,
  buckets,
];

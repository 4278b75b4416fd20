import type { LabResource } from '../../provider.ts';
import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';

/** Where is swept: what bears both tags of the lab, and what is inside of VPCs that do. */
export interface LabScope {
  readonly lab: LabIdentity;
  /** Ids of VPCs that bear both tags. */
  readonly vpcs: readonly string[];
}

/** A resource of the lab, and the stack that it is a part of, where AWS tells. */
export interface Found extends LabResource {
  readonly stack?: string | undefined;
}

/** How one type of resource is found and taken away. */
export interface Sweeper {
  /** In the words of the console: `security group`. */
  readonly type: string;
  /** Types that have to be gone first. */
  readonly dependsOn: readonly string[];
  /** What is the lab's, or inside of its own VPCs. Changes nothing. Throws what the service answers. */
  find(aws: AwsClients, scope: LabScope): Promise<readonly Found[]>;
  /** Begins to take it away: EC2 may need minutes to end it. Throws what the service answers. */
  remove(aws: AwsClients, found: Found, scope: LabScope): Promise<unknown>;
}

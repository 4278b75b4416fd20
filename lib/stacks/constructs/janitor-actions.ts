/** What the janitor asks AWS for: looking and taking away, and nothing else. test/integration/janitor-permissions.test.ts holds it to what is called. */

/** Looking has no resources in most of AWS' services. */
export const LOOK = [
  'cloudformation:DescribeStacks',
  'ec2:DescribeAddresses',
  'ec2:DescribeImages',
  'ec2:DescribeInstances',
  'ec2:DescribeInternetGateways',
  'ec2:DescribeKeyPairs',
  'ec2:DescribeLaunchTemplates',
  'ec2:DescribeNatGateways',
  'ec2:DescribeNetworkAcls',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeRouteTables',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSnapshots',
  'ec2:DescribeSubnets',
  'ec2:DescribeVolumes',
  'ec2:DescribeVpcEndpoints',
  'ec2:DescribeVpcs',
  'iam:ListInstanceProfiles',
  'iam:ListPolicies',
  'iam:ListRoles',
  'iam:ListUsers',
  'logs:DescribeLogGroups',
  'logs:ListTagsForResource',
  's3:ListAllMyBuckets',
  'scheduler:ListSchedules',
  'ssm:DescribeParameters',
  'ssm:ListTagsForResource',
];

export const STACKS = ['cloudformation:DeleteStack', 'cloudformation:DescribeStackEvents'];

/** What is tagged as a lab's, and nothing else. */
export const TAGGED = [
  'ec2:DeleteInternetGateway',
  'ec2:DeleteKeyPair',
  'ec2:DeleteLaunchTemplate',
  'ec2:DeleteNatGateway',
  'ec2:DeleteNetworkAcl',
  'ec2:DeleteRouteTable',
  'ec2:DeleteSnapshot',
  'ec2:DeleteSubnet',
  'ec2:DeleteVolume',
  'ec2:DeleteVpc',
  'ec2:DeregisterImage',
  'ec2:DetachInternetGateway',
  'ec2:DisassociateRouteTable',
  'ec2:ReleaseAddress',
  'ec2:TerminateInstances',
];
export const TAGGED_LOG_GROUPS = ['logs:DeleteLogGroup'];
export const TAGGED_PARAMETERS = ['ssm:DeleteParameter'];

/**
 * What services and others make inside a lab's VPC bears no tag of ours, and keeps its stacks from going: load balancers leave interfaces, GuardDuty
 * endpoints and groups. None of it holds data. The function looks at the VPC's tags first.
 */
export const STRAY = [
  'ec2:DeleteNetworkInterface',
  'ec2:DeleteSecurityGroup',
  'ec2:DeleteVpcEndpoints',
  'ec2:DetachNetworkInterface',
  'ec2:DisassociateAddress',
  'ec2:RevokeSecurityGroupEgress',
  'ec2:RevokeSecurityGroupIngress',
];

/** IAM's and S3's conditions know no tags for most of these: they are held to names. */
export const NAMED_IAM = [
  'iam:DeactivateMFADevice',
  'iam:DeleteAccessKey',
  'iam:DeleteInstanceProfile',
  'iam:DeleteLoginProfile',
  'iam:DeletePolicy',
  'iam:DeletePolicyVersion',
  'iam:DeleteRole',
  'iam:DeleteRolePolicy',
  'iam:DeleteUser',
  'iam:DeleteUserPolicy',
  'iam:DetachRolePolicy',
  'iam:DetachUserPolicy',
  'iam:GetInstanceProfile',
  'iam:ListAccessKeys',
  'iam:ListAttachedRolePolicies',
  'iam:ListAttachedUserPolicies',
  'iam:ListGroupsForUser',
  'iam:ListMFADevices',
  'iam:ListPolicyTags',
  'iam:ListPolicyVersions',
  'iam:ListRolePolicies',
  'iam:ListRoleTags',
  'iam:ListUserPolicies',
  'iam:ListUserTags',
  'iam:RemoveRoleFromInstanceProfile',
  'iam:RemoveUserFromGroup',
];
export const NAMED_BUCKETS = [
  's3:AbortMultipartUpload',
  's3:DeleteBucket',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:GetBucketTagging',
  's3:ListBucketMultipartUploads',
  's3:ListBucketVersions',
];
export const NAMED_SCHEDULES = ['scheduler:DeleteSchedule'];

/** What it remembers of labs from one run to the next. */
export const RECORDS = ['ssm:DeleteParameter', 'ssm:GetParametersByPath', 'ssm:PutParameter'];

import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where IAM has another name for what the API calls an operation; all others have the same. https://docs.aws.amazon.com/service-authorization/ */
const IAM_NAMES: Readonly<Record<string, readonly string[]>> = {
  's3:CompleteMultipartUpload': ['s3:PutObject'],
  's3:CreateMultipartUpload': ['s3:PutObject'],
  's3:DeleteObjects': ['s3:DeleteObject', 's3:DeleteObjectVersion'],
  's3:HeadObject': ['s3:GetObject', 's3:ListBucket'],
  's3:ListBuckets': ['s3:ListAllMyBuckets'],
  's3:ListMultipartUploads': ['s3:ListBucketMultipartUploads'],
  's3:ListObjectVersions': ['s3:ListBucketVersions'],
  's3:ListParts': ['s3:ListMultipartUploadParts'],
  's3:UploadPart': ['s3:PutObject'],
};

/** Names of services in IAM, by the clients of the SDK. */
const SERVICES: Readonly<Record<string, string>> = { 'cloudwatch-logs': 'logs', 'service-quotas': 'servicequotas' };

/** The permissions that calls need: `s3:ListBuckets`, as the API has it, needs `s3:ListAllMyBuckets`. */
export function permissionsFor(operations: Iterable<string>): readonly string[] {
  const needed = [...operations].flatMap((operation) => IAM_NAMES[operation] ?? [operation]);
  return [...new Set(needed)].toSorted();
}

/** Every operation of AWS that a program can call: those of it and of what it imports of ours. */
export function operationsIn(program: string): readonly string[] {
  return operationsOf(sourcesOf(program));
}

/** Every operation of AWS that sources can call: the commands and paginators of the SDK that they import. `ec2:DescribeVpcs` */
export function operationsOf(sources: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const source of sources) {
    for (const [, names = '', client = ''] of source.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([a-z0-9-]+)'/g)) {
      for (const name of names.split(',').map((each) => each.trim().split(' as ')[0]!)) {
        const operation = /^(?:paginate(\w+)|(\w+)Command)$/.exec(name);
        if (operation !== null) found.add(`${SERVICES[client] ?? client}:${operation[1] ?? operation[2]}`);
      }
    }
  }
  return [...found].toSorted();
}

/** The texts of a source file and of all that it imports of ours, also when it is wanted later. */
function sourcesOf(program: string, seen = new Map<string, string>()): readonly string[] {
  const file = resolve(program);
  if (!seen.has(file)) {
    const text = readFileSync(file, 'utf8');
    seen.set(file, text);
    for (const [, target = ''] of text.matchAll(/(?:from |import\()'(\.[^']+)'/g)) sourcesOf(join(dirname(file), target), seen);
  }
  return [...seen.values()];
}

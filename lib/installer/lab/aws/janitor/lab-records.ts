import { DeleteParameterCommand, paginateGetParametersByPath, PutParameterCommand } from '@aws-sdk/client-ssm';
import { JANITOR_RECORDS } from '../../../../stacks/lab-definition.ts';
import type { AwsClients } from '../clients.ts';
import type { LabIdentity } from '../lab-identity.ts';
import { isIdentity } from '../sweep/ownership.ts';
import { keyOf } from './tagged-labs.ts';

/** What has to outlive a run of the janitor: a lab whose stacks and network are gone already has nothing left that it could be found by. */
export interface LabRecord {
  readonly lab: LabIdentity;
  /** Its end as its tags had it: ISO 8601 in UTC. Empty: it had none that could be read. */
  readonly expires: string;
  /** Whether taking it away has begun: it is gone on with until nothing is left. */
  readonly begun: boolean;
  /** What was told of it. */
  readonly told: readonly string[];
}

export interface LabRecords {
  all(): readonly LabRecord[];
  of(lab: LabIdentity): LabRecord | undefined;
  /** Writes what is new of a lab; the rest stays as it was. */
  remember(lab: LabIdentity, change: Partial<Omit<LabRecord, 'lab'>>): Promise<void>;
  forget(lab: LabIdentity): Promise<void>;
}

/** A parameter holds 4 KB; what was told long ago is not told again for lack of room. */
const MOST_TOLD = 20;

/** The records of all labs: a parameter of SSM for each lab, which bears no tag of a lab and is therefore no part of it. */
export async function openRecords({ ssm }: Pick<AwsClients, 'ssm'>): Promise<LabRecords> {
  const records = new Map<string, LabRecord>();
  for await (const { Parameters = [] } of paginateGetParametersByPath(
    { client: ssm },
    { Path: JANITOR_RECORDS, Recursive: true },
  )) {
    for (const { Name, Value } of Parameters) {
      const record = recordOf(Name, Value);
      if (record !== undefined) records.set(keyOf(record.lab), record);
    }
  }
  const of = (lab: LabIdentity) => records.get(keyOf(lab));
  return {
    all: () => [...records.values()],
    of,
    async remember(lab, change) {
      const record = { lab, expires: '', begun: false, told: [], ...of(lab), ...change };
      records.set(keyOf(lab), record);
      const { expires, begun, told } = record;
      const Value = JSON.stringify({ expires, begun, told: told.slice(-MOST_TOLD) });
      await ssm.send(new PutParameterCommand({ Name: nameOf(lab), Value, Type: 'String', Overwrite: true }));
    },
    async forget(lab) {
      records.delete(keyOf(lab));
      await ssm.send(new DeleteParameterCommand({ Name: nameOf(lab) })).catch((error: unknown) => {
        if (!(error instanceof Error && error.name === 'ParameterNotFound')) throw error;
      });
    },
  };
}

const nameOf = ({ name, id }: LabIdentity): string => `${JANITOR_RECORDS}/${name}/${id}`;

/** undefined: somebody else's parameter, or one that somebody has spoilt. It is left alone. */
function recordOf(Name: string | undefined, Value: string | undefined): LabRecord | undefined {
  const [name = '', id = '', ...more] = Name?.slice(JANITOR_RECORDS.length + 1).split('/') ?? [];
  if (!isIdentity(name, id) || more.length > 0) return undefined;
  try {
    const { expires, begun, told } = JSON.parse(Value ?? '') as Partial<Record<string, unknown>>;
    const isText = (it: unknown) => typeof it === 'string';
    if (typeof expires !== 'string' || typeof begun !== 'boolean' || !Array.isArray(told) || !told.every(isText))
      return undefined;
    return { lab: { name, id }, expires, begun, told };
  } catch {
    return undefined;
  }
}

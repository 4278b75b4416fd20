import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LabDefinition, labTags } from '../../../stacks/lab-definition.ts';

/** What a template says of one resource. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: { readonly Tags?: readonly { readonly Key: string; readonly Value: unknown }[] };
}

/** The stacks of a lab as they are to be deployed, in a folder of this run alone. Disposing of it takes the folder away. */
export interface Synthesis extends AsyncDisposable {
  /** A cloud assembly, as the CDK's toolkit takes it. */
  readonly folder: string;
  /** The resources of each stack by their logical names. */
  readonly stacks: ReadonlyMap<string, Readonly<Record<string, TemplateResource>>>;
}

/** Makes the templates of a lab: offline, and the same ones from the same definition. */
export async function synthesise(definition: LabDefinition): Promise<Synthesis> {
  // The CDK's constructs take a while to load, and most commands need none of them.
  const { labApp } = await import('../../../stacks/lab-app.ts');
  const folder = await mkdtemp(join(tmpdir(), 'oo-install-lab-'));
  const assembly = labApp(definition, { outdir: folder }).synth();
  const stacks = await Promise.all(
    assembly.stacks.map(async ({ stackName, templateFullPath }) => {
      const { Resources } = JSON.parse(await readFile(templateFullPath, 'utf8')) as {
        Resources: Readonly<Record<string, TemplateResource>>;
      };
      return [stackName, Resources] as const;
    }),
  );
  return {
    folder,
    stacks: new Map(stacks),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `ana-1`, of the instance that a template makes; undefined for what is no host. */
export function hostOfResource({ Type, Properties }: TemplateResource): string | undefined {
  if (Type !== 'AWS::EC2::Instance') return undefined;
  const host = Properties?.Tags?.find(({ Key }) => Key === labTags.host)?.Value;
  return typeof host === 'string' ? host : undefined;
}

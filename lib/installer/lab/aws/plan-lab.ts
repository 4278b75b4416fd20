import { OoError } from '../../../common/errors.ts';
import type { LabContext, LabPlan } from '../provider.ts';
import { whereOf } from '../where.ts';
import { aliasOf, type AwsAccount } from './account.ts';
import { definitionOf } from './definition.ts';
import { isBootstrapped } from './deploy.ts';
import { type LabInstance, labInstances, wantedHosts } from './instances.ts';
import { janitorNotes } from './janitor-deployment/janitor-notes.ts';
import { labStacks } from './lab-stacks.ts';
import { lostHosts } from './lost-hosts.ts';
import type { AwsOptions } from './options.ts';
import { costOf, readPrices } from './prices.ts';
import { checkQuotas } from './quotas.ts';
import { askParts, rememberedInstall } from './settle-parts.ts';
import { synthesise, type Synthesis } from './synthesis.ts';

/** What `up` would do, and what stands in its way: asked from AWS, and changed nothing. */
export async function planLab(where: AwsAccount, context: LabContext, options: AwsOptions): Promise<LabPlan> {
  const { lab, state } = context;
  const place = whereOf(where, await aliasOf(where));
  let deployed;
  let parts;
  try {
    deployed = await labStacks(where, state);
    parts = { ...(await askParts(where, context, options)), ...rememberedInstall(state, where.region) };
  } catch (error) {
    // What lab.yaml wants and this account cannot give is a part of the plan; that nobody answers is not.
    if (error instanceof OoError && isProblem(error)) return refused(place, `${error.message}: ${error.hint ?? ''}`);
    throw error;
  }
  await using wanted = await synthesise(definitionOf(context, parts));
  const instances = await labInstances(where, state);
  const hosts = changes(context, instances, await lostHosts(where, wanted, deployed));
  const made = hosts.create.length + hosts.replace.length;
  const vcpus = parts.type.VCpuInfo?.DefaultVCpus ?? 0;
  const hasNetwork = deployed.some(({ name }) => name.endsWith('-network'));
  const quotas = await checkQuotas(where, {
    instanceType: lab.aws.instanceType,
    vcpus: vcpus * made,
    vpcs: hasNetwork ? 0 : 1,
  });
  const hours = Math.max(0, Date.parse(state.expires) - Date.now()) / 3_600_000;
  const cost = costOf(await readPrices(), lab, where.region, hours);
  return {
    provider: 'aws',
    where: place,
    resources: counted(wanted, (await isBootstrapped(where)) ? [] : ['CDKToolkit']),
    hosts,
    cost: cost.cost,
    problems: quotas.problems,
    notes: [
      ...cost.notes,
      ...quotas.notes,
      ...(await janitorNotes(where, lab)),
      ...drift(context, instances),
      ...settled(where, parts.image.imageId, state.aws?.imageId),
      ...(parts.install === undefined ? [] : [`hosts install themselves out of the bucket ${parts.install.bucket}`]),
    ],
  };
}

const isProblem = ({ code }: OoError): boolean =>
  ['LAB_NAME_IN_USE', 'LAB_IMAGE_UNFIT', 'LAB_INSTANCE_TYPE_UNKNOWN'].includes(code);

const refused = (where: string, problem: string): LabPlan => ({
  provider: 'aws',
  where,
  resources: [],
  hosts: { create: [], keep: [], replace: [], remove: [] },
  cost: undefined,
  problems: [problem],
  notes: [],
});

function changes(context: LabContext, instances: readonly LabInstance[], lost: readonly string[]): LabPlan['hosts'] {
  const wanted = wantedHosts(context).map(({ name }) => name);
  const there = new Set(instances.map(({ host }) => host));
  const replace = wanted.filter((host) => lost.includes(host));
  return {
    create: wanted.filter((host) => !there.has(host) && !lost.includes(host)),
    keep: wanted.filter((host) => there.has(host) && !lost.includes(host)),
    replace,
    remove: [...there].filter((host) => !wanted.includes(host)),
  };
}

/** Resources of all stacks by their kinds, the many first: `AWS::EC2::Instance` is told as `EC2 Instance`. */
function counted({ stacks }: Synthesis, more: readonly string[]): LabPlan['resources'] {
  const counts = new Map<string, number>([['stack', stacks.size + more.length]]);
  for (const { Type } of [...stacks.values()].flatMap((resources) => Object.values(resources))) {
    const what = Type.replace(/^AWS::/, '').replace('::', ' ');
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts]
    .map(([what, count]) => ({ what, count }))
    .toSorted((a, b) => b.count - a.count || a.what.localeCompare(b.what));
}

/** What somebody changed by hand, or lab.yaml since: told, since hosts that are kept are not changed behind an attendee's back. */
function drift({ lab }: LabContext, instances: readonly LabInstance[]): readonly string[] {
  return instances.flatMap(({ host, type, state, imdsv2, securityGroups }) => [
    ...(type === lab.aws.instanceType
      ? []
      : [`${host} is a ${type}, and becomes a ${lab.aws.instanceType}: it is stopped and started for that`]),
    ...(state === 'stopped' || state === 'stopping' ? [`${host} is ${state}, and is started`] : []),
    ...(imdsv2 ? [] : [`${host} answers metadata requests without a token: somebody changed that by hand`]),
    ...securityGroups
      .filter((group) => group !== `oo-lab-${lab.name}-hosts`)
      .map((group) => `${host} is in the security group ${group}: somebody put it there by hand`),
  ]);
}

function settled({ caller }: AwsAccount, imageId: string, pinned: string | undefined): readonly string[] {
  return [
    `asked as ${caller}`,
    `hosts are made from ${imageId}${pinned === undefined ? '' : ', as when the lab was first put up'}`,
  ];
}

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { assetPath } from '../../../common/assets.ts';
import type { Lab } from '../../config/lab-schema.ts';
import type { LabPlan } from '../provider.ts';

/** assets/lab/prices.json: what AWS asked for on a day. USD, without taxes. */
const priceTable = z.strictObject({
  /** Pages where AWS says so. */
  sources: z.array(z.url()).min(1),
  regions: z.record(
    z.string(),
    z.strictObject({
      /** Of the region's price list: YYYY-MM-DD. */
      date: z.string().regex(/^\d{4}-\d\d-\d\d$/),
      /** Linux, on demand, by the hour. */
      instances: z.record(z.string(), z.number().positive()),
      /** A GiB of gp3 for a month of 730 hours. */
      gp3: z.number().positive(),
      /** A public IPv4 address in use, by the hour. */
      ipv4: z.number().positive(),
    }),
  ),
});
export type PriceTable = z.infer<typeof priceTable>;

const hoursOfMonth = 730;

/** The prices that came with this checkout. */
export async function readPrices(): Promise<PriceTable> {
  return priceTable.parse(JSON.parse(await readFile(assetPath('lab', 'prices.json'), 'utf8')));
}

export interface Cost {
  readonly cost: LabPlan['cost'];
  readonly notes: readonly string[];
}

/** What a lab of so many hosts costs until its end, as far as it is known: no number is better than a guess. `hours`: until then. */
export function costOf(prices: PriceTable, lab: Lab, region: string, hours: number): Cost {
  const { instanceType, rootDisk, dockerDisk } = lab.aws;
  const there = prices.regions[region];
  const perInstance = there?.instances[instanceType];
  if (there === undefined || perInstance === undefined) {
    const what = there === undefined ? `prices in ${region} are` : `the price of ${instanceType} in ${region} is`;
    return { cost: undefined, notes: [`${what} not in oo-install's table: look at ${prices.sources[0]}`] };
  }
  const hosts = lab.attendees.length * lab.hostsPerAttendee;
  const perHost = perInstance + (there.gp3 * (rootDisk + dockerDisk)) / hoursOfMonth + there.ipv4;
  const perHour = cents(perHost * hosts);
  return {
    cost: { perHour, inAll: cents(perHost * hosts * hours), currency: 'USD', pricesOf: there.date },
    notes: [
      'the cost is that of running hosts, their disks and addresses; traffic, taxes and CPU credits of t types come on top; stopped hosts cost their disks',
    ],
  };
}

const cents = (amount: number): number => Math.ceil(amount * 100) / 100;

import { type Clock, systemClock } from '../../common/clock.ts';
import { type MachineFacts, readMachineFacts } from './machine-facts.ts';

/** ms between two looks at the machine. */
const EVERY = 10_000;

/** What tests replace. */
export interface AddressWatch {
  readonly look?: () => Promise<MachineFacts>;
  readonly clock?: Clock;
}

/**
 * Resolves with the machine's address once it is another one than `address`, as after a new lease or in another network: two looks in a row
 * find another at the default route, and `address` at no interface. That is not so where somebody has said an address that is not the default
 * route's, as behind a NAT, and not while there is no default route: nobody would reach us anyway. A look that fails finds nothing. Rejects when
 * the signal aborts.
 */
export async function anotherAddress(address: string, signal: AbortSignal, watch: AddressWatch = {}): Promise<string> {
  const { look = readMachineFacts, clock = systemClock } = watch;
  // Where a process has no file left to open, the kernel tells of no interfaces either: no reason to end it.
  const found = (): Promise<MachineFacts | undefined> => look().catch(() => undefined);
  const isOfRoute = (await found())?.defaultAddress === address;
  for (let before: string | undefined; ;) {
    await clock.sleep(EVERY, signal);
    if (!isOfRoute) continue;
    const facts = await found();
    const now = facts?.addresses.includes(address) === true ? undefined : facts?.defaultAddress;
    if (now !== undefined && now === before) return now;
    before = now;
  }
}

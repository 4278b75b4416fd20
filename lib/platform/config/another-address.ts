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
 * route's, as behind a NAT, and not while there is no default route: nobody would reach us anyway. Rejects when the signal aborts.
 */
export async function anotherAddress(address: string, signal: AbortSignal, watch: AddressWatch = {}): Promise<string> {
  const { look = readMachineFacts, clock = systemClock } = watch;
  const isOfRoute = (await look()).defaultAddress === address;
  for (let before: string | undefined; ;) {
    await clock.sleep(EVERY, signal);
    if (!isOfRoute) continue;
    const { defaultAddress, addresses } = await look();
    const now = addresses.includes(address) ? undefined : defaultAddress;
    if (now !== undefined && now === before) return now;
    before = now;
  }
}

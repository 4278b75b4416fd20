import { createHash } from 'node:crypto';

/**
 * The queues that a flow may be put into: as cards from a shuffled deck, the same for the same flow. Two flows rarely have all of
 * them in common, so that one that fills its own leaves the other somewhere to go.
 */
export function dealHand(flow: string, queues: number, handSize: number): number[] {
  const bytes = createHash('shake256', { outputLength: handSize * 4 })
    .update(flow)
    .digest();
  const hand: number[] = [];
  for (let i = 0; i < handSize; i++) {
    // The n-th of the cards that are left: those that are gone and lie before it push it up.
    let card = bytes.readUInt32LE(i * 4) % (queues - i);
    for (const gone of hand.toSorted((a, b) => a - b)) if (gone <= card) card++;
    hand.push(card);
  }
  return hand;
}

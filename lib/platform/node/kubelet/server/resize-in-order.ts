import type { TerminalSize } from './remote-command.ts';

/**
 * Gives a terminal its sizes one after another, so that the last to come is the one that stays: a client that attaches sends a wrong
 * size and the right one at once, to have everything drawn anew. Sizes that have been overtaken are left out; failures are the owner's.
 */
export function resizeInOrder(resize: (size: TerminalSize) => Promise<void>): (size: TerminalSize) => void {
  let next: TerminalSize | undefined;
  let busy = false;
  const work = async (): Promise<void> => {
    busy = true;
    while (next !== undefined) {
      const size = next;
      next = undefined;
      await resize(size).catch(() => undefined);
    }
    busy = false;
  };
  return (size) => {
    next = size;
    if (!busy) void work();
  };
}

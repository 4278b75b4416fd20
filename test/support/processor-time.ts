/**
 * ms of the processor that this thread has had so far: how long work takes whatever else the machine does. A bound on it tells work that
 * grows without measure from work that does not; a clock on the wall tells how busy the machine is, too.
 */
export function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

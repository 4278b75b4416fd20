/** Debian's own Docker. */
export const dockerPackage = 'docker.io';
/** CNI's plugins, and the programs by which the proxy talks to the kernel. */
export const networkPackages = ['containernetworking-plugins', 'nftables', 'iptables', 'conntrack', 'iproute2'] as const;
/** Seconds that we wait for somebody else's package installation. */
export const packageLockTimeout = 600;

/** Stands for ssh2 in the bundle: on a server only Docker's client knows the name, for daemons that are reached over SSH. */
export const Client = undefined;

/** The program of deployer pods, under OpenShift's name: the node lends it, and our Node, to containers of the builder's image with this command. */
export const DEPLOY_COMMAND = 'openshift-deploy';

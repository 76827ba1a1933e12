/** What the one rollout of a world is called, and where it lies. */
export const NAMESPACE = "prod";
export const NAME = "sentiment";
export const ROLLOUTS_PATH = `/apis/modelrollout.dev/v1alpha1/namespaces/${NAMESPACE}/modelrollouts`;
export const ROLLOUT_PATH = `${ROLLOUTS_PATH}/${NAME}`;
export const DEPLOYMENTS_PATH = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
/** Of the Deployment that is rolled in place. */
export const DEPLOYMENT_PATH = `${DEPLOYMENTS_PATH}/${NAME}`;

/**
 * The workflow code as one bundle, built beside dist by `npm run build`; built on the spot where that is missing, or where workflows are traced.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

const BUNDLE = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));
const ENTRY = fileURLToPath(new URL('../../workflows/index.js', import.meta.url));

export async function workflowBundle(interceptors: string[] = []): Promise<WorkflowBundleOption> {
  if (interceptors.length === 0 && existsSync(BUNDLE)) return { codePath: BUNDLE };
  return bundleWorkflowCode({ workflowsPath: ENTRY, workflowInterceptorModules: interceptors });
}

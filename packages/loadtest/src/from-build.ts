import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** A module as the build in a folder has it: this build's own, or another's. */
export async function fromBuild<Module>(root: string, specifier: string): Promise<Module> {
  const file = createRequire(path.join(root, 'package.json')).resolve(specifier);
  return (await import(pathToFileURL(file).href)) as Module;
}

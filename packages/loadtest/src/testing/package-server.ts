import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

/** A registry on this machine that npm takes the packages of one scope from. */
export interface PackageServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves one version of packages that have nothing in them but a main file, packed by npm itself. */
export async function startPackageServer(
  folder: string,
  packages: readonly { readonly name: string; readonly version: string }[],
): Promise<PackageServer> {
  const served = new Map(
    packages.map(({ name, version }) => {
      const own = path.join(folder, name.replace('/', '-'));
      mkdirSync(own, { recursive: true });
      const manifest = { name, version, exports: './index.js' };
      writeFileSync(path.join(own, 'package.json'), JSON.stringify(manifest));
      writeFileSync(path.join(own, 'index.js'), `export const version = '${version}';\n`);
      const [packed] = JSON.parse(execFileSync('npm', ['pack', '--json'], { cwd: own, encoding: 'utf8' }));
      return [name, { manifest, tarball: readFileSync(path.join(own, packed.filename)) }] as const;
    }),
  );
  const server = createServer((request, response) => {
    const [name = '', wanted] = decodeURIComponent(request.url?.slice(1) ?? '').split('/-/');
    const one = served.get(name);
    if (one === undefined) return void response.writeHead(404).end('{}');
    if (wanted !== undefined) return void response.end(one.tarball);
    const { version } = one.manifest;
    const integrity = `sha512-${createHash('sha512').update(one.tarball).digest('base64')}`;
    const dist = { tarball: `http://${request.headers.host}/${name}/-/it.tgz`, integrity };
    const versions = { [version]: { ...one.manifest, dist } };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

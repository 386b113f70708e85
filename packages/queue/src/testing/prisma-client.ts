import { PrismaPg } from '@prisma/adapter-pg';
import { type GetPrismaClientConfig, getPrismaClient } from '@prisma/client/runtime/client';

/** Of Prisma's client what a host without models has, and what `fromPrisma` takes. */
export interface PrismaClient {
  $transaction<T>(work: (tx: PrismaTransaction) => Promise<T>): Promise<T>;
  $disconnect(): Promise<void>;
}

/** An interactive transaction of Prisma's. */
interface PrismaTransaction {
  $queryRawUnsafe<T = unknown>(text: string, ...values: unknown[]): Promise<T>;
}

/**
 * Prisma's own client on its adapter for `pg`. Its class is made from what `prisma generate` 7.10 writes into
 * `internal/class.ts` for a schema without models: the command line is left out, since it wants to download an engine.
 */
export function prismaClient(url: string): PrismaClient {
  const Client = getPrismaClient(GENERATED) as unknown as new (options: { adapter: PrismaPg }) => PrismaClient;
  return new Client({ adapter: new PrismaPg({ connectionString: url, max: 2 }) });
}

/** Modules without types, as is the global that compiles them in the types of Node. */
const COMPILER: string = '@prisma/client/runtime/query_compiler_fast_bg.postgresql';
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Module: new (bytes: Uint8Array) => WebAssembly.Module };
};

const GENERATED: GetPrismaClientConfig = {
  previewFeatures: [],
  clientVersion: '7.10.0',
  engineVersion: 'd1b3f377ca835d73fd50954a5e22128b9ebdd6b8',
  activeProvider: 'postgresql',
  inlineSchema:
    'generator client {\n  provider = "prisma-client"\n  output   = "../generated"\n}\n\ndatasource db {\n  provider = "postgresql"\n}\n',
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  parameterizationSchema: { strings: [], graph: 'AAAA' },
  compilerWasm: {
    getRuntime: () => import(`${COMPILER}.mjs`),
    async getQueryCompilerWasmModule() {
      const { wasm }: { wasm: string } = await import(`${COMPILER}.wasm-base64.mjs`);
      return new WebAssembly.Module(Buffer.from(wasm, 'base64'));
    },
    importName: './query_compiler_fast_bg.js',
  },
};

import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Tensor } from '../../src/index.ts';

// 119 MB: CI fetches it, and it is no dependency.
const file = 'node_modules/.onnxruntime/node_modules/onnxruntime-web/dist/ort.node.min.mjs';

/** The part of onnxruntime-web that is used here. */
interface OnnxRuntime {
  readonly env: { readonly wasm: { numThreads: number } };
  readonly Tensor: new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]) => OnnxTensor;
  readonly InferenceSession: { create(bytes: Uint8Array): Promise<OnnxSession> };
}

interface OnnxTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

interface OnnxSession {
  readonly inputNames: readonly string[];
  run(inputs: Readonly<Record<string, OnnxTensor>>): Promise<Readonly<Record<string, OnnxTensor>>>;
}

/** onnxruntime-web, or undefined where it has not been fetched. */
export async function findOnnxRuntime(): Promise<OnnxRuntime | undefined> {
  if (!existsSync(file)) return undefined;
  const runtime: OnnxRuntime = await import(pathToFileURL(file).href);
  runtime.env.wasm.numThreads = 1;
  return runtime;
}

/** What onnxruntime-web computes with the bytes of an ONNX file. */
export async function runOnnx(
  runtime: OnnxRuntime,
  bytes: Uint8Array,
  x: Tensor,
  labels?: Tensor,
): Promise<OnnxTensor> {
  const session = await runtime.InferenceSession.create(bytes);
  const input = new runtime.Tensor('float32', Float32Array.from(x.data), x.shape);
  const classes = labels && new runtime.Tensor('int64', BigInt64Array.from([...labels.data], BigInt), labels.shape);
  const { output } = await session.run(
    classes && session.inputNames.includes('labels') ? { input, labels: classes } : { input },
  );
  return output;
}

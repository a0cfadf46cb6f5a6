import { dtypeOf, type Tensor, zeros } from '../../tensor/tensor.ts';
import { checkConvolution, productSizes } from '../fitting.ts';
import type { ConvGeometry, Kernels, MatmulOptions, Pair } from '../kernels.ts';

/**
 * The sums of the derivation, spelled out index by index in its own letters (but for the kernel: W is the width
 * here, and the kernel `weight`). The reference that the other kernels are held to, and the one to step through.
 * Sums run in double precision.
 */
export const loops: Kernels = {
  name: 'loops',

  matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
    const [M, K, N] = productSizes(a, b, options);
    const { transposeA, transposeB, addTo } = options;
    const out = addTo ?? zeros([M, N], dtypeOf(a));
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        // out[m, n] += Σ k  a[m, k] · b[k, n], the sum in (linear.1), (linear.2) and (linear.3)
        let sum = 0;
        for (let k = 0; k < K; k++) {
          sum += a.data[transposeA ? k * M + m : m * K + k] * b.data[transposeB ? n * K + k : k * N + n];
        }
        out.data[m * N + n] += sum;
      }
    }
    return out;
  },

  correlate(x: Tensor, weight: Tensor, { stride, padding, dilation }: ConvGeometry, outputSize: Pair): Tensor {
    checkConvolution({ x, weight });
    const [N, C, H, W] = x.shape;
    const [O, , kH, kW] = weight.shape;
    const [outH, outW] = outputSize;
    const out = zeros([N, O, outH, outW], dtypeOf(x));
    for (let n = 0; n < N; n++) {
      for (let o = 0; o < O; o++) {
        for (let i = 0; i < outH; i++) {
          for (let j = 0; j < outW; j++) {
            let sum = 0;
            for (let c = 0; c < C; c++) {
              for (let k = 0; k < kH; k++) {
                const h = i * stride[0] - padding[0] + k * dilation[0];
                if (h < 0 || h >= H) continue;
                for (let l = 0; l < kW; l++) {
                  const w = j * stride[1] - padding[1] + l * dilation[1];
                  if (w < 0 || w >= W) continue;
                  // sum = Σ c,k,l  x[n, c, h, w] · weight[o, c, k, l]; the layer adds b[o]              (conv.2)
                  sum += x.data[((n * C + c) * H + h) * W + w] * weight.data[((o * C + c) * kH + k) * kW + l];
                }
              }
            }
            out.data[((n * O + o) * outH + i) * outW + j] = sum;
          }
        }
      }
    }
    return out;
  },

  correlateAdjoint(dOut: Tensor, weight: Tensor, { stride, padding, dilation }: ConvGeometry, imageSize: Pair): Tensor {
    checkConvolution({ weight, out: dOut });
    const [N, O, outH, outW] = dOut.shape;
    const [, C, kH, kW] = weight.shape;
    const [H, W] = imageSize;
    const dX = zeros([N, C, H, W], dtypeOf(dOut));
    for (let n = 0; n < N; n++) {
      for (let c = 0; c < C; c++) {
        for (let h = 0; h < H; h++) {
          for (let w = 0; w < W; w++) {
            let sum = 0;
            for (let k = 0; k < kH; k++) {
              // Tap k reaches row h from output row i, if i is a whole number and inside the output.
              const i = (h + padding[0] - k * dilation[0]) / stride[0];
              if (!Number.isInteger(i) || i < 0 || i >= outH) continue;
              for (let l = 0; l < kW; l++) {
                const j = (w + padding[1] - l * dilation[1]) / stride[1];
                if (!Number.isInteger(j) || j < 0 || j >= outW) continue;
                for (let o = 0; o < O; o++) {
                  // dX[n, c, h, w] = Σ o,k,l  dOut[n, o, i, j] · weight[o, c, k, l]                   (conv.4)
                  sum += dOut.data[((n * O + o) * outH + i) * outW + j] * weight.data[((o * C + c) * kH + k) * kW + l];
                }
              }
            }
            dX.data[((n * C + c) * H + h) * W + w] = sum;
          }
        }
      }
    }
    return dX;
  },

  addWeightGradient(dWeight: Tensor, x: Tensor, dOut: Tensor, { stride, padding, dilation }: ConvGeometry): void {
    checkConvolution({ x, weight: dWeight, out: dOut });
    const [N, C, H, W] = x.shape;
    const [, O, outH, outW] = dOut.shape;
    const [, , kH, kW] = dWeight.shape;
    for (let o = 0; o < O; o++) {
      for (let c = 0; c < C; c++) {
        for (let k = 0; k < kH; k++) {
          for (let l = 0; l < kW; l++) {
            let sum = 0;
            for (let n = 0; n < N; n++) {
              for (let i = 0; i < outH; i++) {
                const h = i * stride[0] - padding[0] + k * dilation[0];
                if (h < 0 || h >= H) continue;
                for (let j = 0; j < outW; j++) {
                  const w = j * stride[1] - padding[1] + l * dilation[1];
                  if (w < 0 || w >= W) continue;
                  // dWeight[o, c, k, l] += Σ n,i,j  x[n, c, h, w] · dOut[n, o, i, j]                  (conv.3)
                  sum += x.data[((n * C + c) * H + h) * W + w] * dOut.data[((n * O + o) * outH + i) * outW + j];
                }
              }
            }
            dWeight.data[((o * C + c) * kH + k) * kW + l] += sum;
          }
        }
      }
    }
  },
};

import { checkTensor } from '../tensor/checks.ts';
import { dtypeOf, type Tensor } from '../tensor/tensor.ts';

/** The magic number, version 1.0, and two bytes for the length of the header. */
const PREFIX = '\x93NUMPY\x01\x00';

/** The tensor as the bytes of a .npy file, which numpy.load opens. */
export function toNpy(t: Tensor): Uint8Array {
  const dense = checkTensor('toNpy', 'the first argument', t);
  const width = dtypeOf(dense) === 'float64' ? 8 : 4;
  const shape = dense.shape.map((size) => `${size},`).join(' ');
  const header = `{'descr': '<f${width}', 'fortran_order': False, 'shape': (${shape}), }`;
  // Blanks and a line break make the values begin at a multiple of 64.
  const start = Math.ceil((PREFIX.length + 2 + header.length + 1) / 64) * 64;
  const text = `${PREFIX}\0\0${header.padEnd(start - PREFIX.length - 3)}\n`;
  const bytes = new Uint8Array(start + dense.data.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < start; i++) bytes[i] = text.charCodeAt(i);
  view.setUint16(PREFIX.length, start - PREFIX.length - 2, true);
  for (const [i, value] of dense.data.entries()) {
    if (width === 8) view.setFloat64(start + 8 * i, value, true);
    else view.setFloat32(start + 4 * i, value, true);
  }
  return bytes;
}

import { BlasMissingError, openBlas } from '../../src/kernels/blas/library.ts';

/** Whether koffi and a BLAS are installed. Where they are not, the tests of the `blas` kernels are skipped. */
export const blasThere = isThere();

function isThere(): boolean {
  try {
    openBlas();
    return true;
  } catch (error) {
    if (!(error instanceof BlasMissingError)) throw error;
    console.warn(`The tests of the blas kernels are skipped. ${error.message}`);
    return false;
  }
}

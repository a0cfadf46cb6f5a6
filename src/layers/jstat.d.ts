declare module 'jstat' {
  const jStat: {
    /** The error function, 2/√π · ∫ from 0 to x of e^(−t²) dt, to about 1e-15. */
    erf(x: number): number;
  };
  export default jStat;
}
